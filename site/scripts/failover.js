// Whether a failed write is tried once more, and in which region: the client's half of the failover.

const TRIED_AGAIN = new Set([500, 502, 503, 504]);

/** How long a write may take before it is given up and sent to the other region. */
export const PATIENCE = 5000;

/**
 * The headers that send the same write to the other region, or null when the answer is final.
 *
 * status is 0 when no answer came. servedRegion is what this very answer said, never one remembered from another
 * request: reads change regions silently. code is the code of a problem of ours; a 429 without one is the platform's.
 */
export function headersOfRetry({ status, servedRegion = null, code = null }) {
  const failed = status === 0 || TRIED_AGAIN.has(status) || (status === 429 && !code);
  if (!failed) return null;
  return servedRegion ? { "x-avoid-region": servedRegion } : { "x-retry-other-region": "1" };
}
