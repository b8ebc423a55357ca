const SITE = {"languages":["en"],"pages":["/en/"],"notFound":{"en":"<p>Not found</p>"}}; // replaced at synth

function weight(range) {
  const quality = /;\s*q=([0-9.]+)/i.exec(range);
  return quality ? Number(quality[1]) : 1;
}

function preferred(header) {
  let best = SITE.languages[0];
  let heaviest = 0;
  (header ? header.value : '').split(',').forEach(function (range) {
    const asked = range.split(';')[0].trim().toLowerCase().split('-')[0];
    const spoken = SITE.languages.find(function (language) {
      return language.toLowerCase().split('-')[0] === asked;
    });
    if (spoken && weight(range) > heaviest) {
      best = spoken;
      heaviest = weight(range);
    }
  });
  return best;
}

function query(parameters) {
  const pairs = [];
  Object.keys(parameters).forEach(function (name) {
    (parameters[name].multiValue || [parameters[name]]).forEach(function (each) {
      pairs.push(each.value === '' ? name : name + '=' + each.value);
    });
  });
  return pairs.length ? '?' + pairs.join('&') : '';
}

function redirect(path, request) {
  return {
    statusCode: 302,
    statusDescription: 'Found',
    headers: {
      location: { value: path + query(request.querystring) },
      'cache-control': { value: 'no-store' },
      vary: { value: 'Accept-Language' }
    }
  };
}

function notFound(path, request) {
  const language = SITE.languages.find(function (each) { return path.startsWith('/' + each + '/'); }) ||
    preferred(request.headers['accept-language']);
  return {
    statusCode: 404,
    statusDescription: 'Not Found',
    headers: {
      'content-type': { value: 'text/html; charset=utf-8' },
      'cache-control': { value: 'no-store' },
      'content-security-policy': { value: "default-src 'none'; style-src 'self'; img-src 'self'" },
      'x-content-type-options': { value: 'nosniff' }
    },
    body: { encoding: 'text', data: SITE.notFound[language] }
  };
}

function handler(event) {
  const request = event.request;
  const path = request.uri.replace(/^[/\\]+/, '/'); // `//host/` in a redirect would lead to another site
  if (path === '/' && SITE.languages.length) {
    return redirect('/' + preferred(request.headers['accept-language']) + '/', request);
  }
  const page = path.slice(path.lastIndexOf('/') + 1);
  if (!page.includes('.')) {
    const folder = page === '' ? path : path + '/';
    if (SITE.pages.length && !SITE.pages.includes(folder)) {
      return notFound(path, request);
    }
    if (folder !== path) {
      return redirect(folder, request);
    }
  }
  request.uri = page === '' ? path + 'index.html' : path;
  return request;
}
