// What CloudFront Functions' runtime 2.0 offers a viewer-request function, as far as the edge imitates it.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
const host = { outcome: null, call: null };
const console = { log: (...parts) => host.call?.logs.push(parts.map(String).join(' ')) };
console.error = console.log;

const cloudfront = {
  get edgeLocation() { return host.call.edgeLocation; },
  kvs() {
    const store = host.call.store;
    const read = () => {
      if (store === null) throw new Error('KeyValueStoreUnavailable');
      return store;
    };
    return {
      async get(key, options) {
        if (!Object.hasOwn(read(), key)) throw new Error('KeyNotFound');
        return options?.format === 'json' ? JSON.parse(store[key]) : store[key];
      },
      async exists(key) { return Object.hasOwn(read(), key); },
      async count() { return Object.keys(read()).length; },
    };
  },
  selectRequestOriginById(id, overrides) {
    if (overrides !== undefined) throw new Error('origin overrides are not imitated');
    host.call.selection = { members: [host.known(id)], statuses: [] };
  },
  createRequestOriginGroup(group) {
    const members = group.originIds.map((origin) => {
      if (origin.originOverrides) throw new Error('origin overrides are not imitated');
      return host.known(origin.originId);
    });
    if (members.length !== 2) throw new Error('an origin group has two origins');
    host.call.selection = { members, statuses: group.failoverCriteria.statusCodes };
  },
};

host.known = (id) => {
  if (!host.call.origins.includes(id)) throw new Error(`the distribution has no origin ${id}`);
  return id;
};

host.run = (handler, event, call) => {
  host.outcome = null;
  host.call = { ...call, logs: [], selection: null };
  Promise.resolve().then(() => handler(event)).then(
    (returned) => { host.outcome = { returned, selection: host.call.selection, logs: host.call.logs }; },
    (error) => { host.outcome = { error: String(error?.stack ?? error), logs: host.call.logs }; },
  );
};
