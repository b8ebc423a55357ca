import cf from 'cloudfront';

const ROUTES = {"regions":["us-east-1","us-west-2"],"nearSecondary":["us-west-1","us-west-2"]}; // replaced at synth

const READS = ['GET', 'HEAD', 'OPTIONS'];
const FAIL_OVER_ON = [429, 500, 502, 503, 504];
const LARGEST_BODY = 64 * 1024;
const EDGE_ONLY = ['x-origin-', 'x-viewer-'];
const HINTS = ['x-avoid-region', 'x-retry-other-region'];

function other(region) {
  return region === ROUTES.regions[0] ? ROUTES.regions[1] : ROUTES.regions[0];
}

function nearest() {
  const edge = cf.edgeLocation && cf.edgeLocation.region;
  return ROUTES.nearSecondary.includes(edge) ? ROUTES.regions[1] : ROUTES.regions[0];
}

function wanted(headers) {
  const avoid = headers['x-avoid-region'];
  if (avoid && ROUTES.regions.includes(avoid.value)) {
    return other(avoid.value);
  }
  const retry = headers['x-retry-other-region'];
  return retry && retry.value === '1' ? other(nearest()) : nearest();
}

async function drained() {
  try {
    return await cf.kvs().get('drained');
  } catch (error) {
    return null; // no such key, or no store: nothing is drained, and requests go on
  }
}

function isTooLarge(headers) {
  const length = headers['content-length'];
  return length !== undefined && Number(length.value) > LARGEST_BODY;
}

// The handlers' words, for whoever prefers Chinese and for everybody else.
const TOO_LARGE = {
  en: { title: 'Too large', detail: 'The body may have at most 64 KB.' },
  zh: { title: '内容过大', detail: '请求正文不能超过 64 KB。' }
};

function tooLarge(request, requestId) {
  const accepted = request.headers['accept-language'];
  const words = TOO_LARGE[accepted && /^\s*zh\b/i.test(accepted.value) ? 'zh' : 'en'];
  return {
    statusCode: 413,
    statusDescription: 'Content Too Large',
    headers: {
      'content-type': { value: 'application/problem+json' },
      'cache-control': { value: 'private, no-store' },
      'x-request-id': { value: requestId }
    },
    body: {
      encoding: 'text',
      data: JSON.stringify({
        type: 'urn:twinhull:problem:too-large',
        title: words.title,
        status: 413,
        detail: words.detail,
        code: 'too-large',
        request_id: requestId
      })
    }
  };
}

function clean(headers) {
  Object.keys(headers).forEach(function (name) {
    if (HINTS.includes(name) || EDGE_ONLY.some(function (prefix) { return name.startsWith(prefix); })) {
      delete headers[name];
    }
  });
  if (headers.host) {
    headers['x-viewer-host'] = { value: headers.host.value };
  }
}

async function handler(event) {
  const request = event.request;
  if (isTooLarge(request.headers)) {
    return tooLarge(request, event.context.requestId);
  }
  let region = wanted(request.headers);
  if (await drained() === region) {
    region = other(region);
  }
  clean(request.headers);
  if (READS.includes(request.method)) {
    cf.createRequestOriginGroup({
      originIds: [{ originId: 'read-' + region }, { originId: 'read-' + other(region) }],
      failoverCriteria: { statusCodes: FAIL_OVER_ON }
    });
  } else {
    cf.selectRequestOriginById('write-' + region); // a write is never replayed by the edge
  }
  return request;
}
