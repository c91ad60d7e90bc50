'use strict';

const http = require('http');

// start plays the carrier's service: an old address that redirects, quotes by country, and parcels as multipart forms.
function start() {
  const seen = { quotes: [], parcels: [] };
  let down = false;
  const server = http.createServer((req, res) => {
    const url = new URL(req.url, 'http://carrier.example');
    const chunks = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      const json = (status, body) => res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (down) {
        return json(503, { error: 'closed' });
      }
      if (url.pathname === '/v1/quote') {
        return res.writeHead(302, { location: `/v2/quote${url.search}` }).end();
      }
      if (url.pathname === '/v2/quote') {
        const query = Object.fromEntries(url.searchParams);
        seen.quotes.push(query);
        return json(200, { service: 'parcel', cents: query.country === 'DE' ? 490 : 1290, days: query.country === 'DE' ? 2 : 4 });
      }
      if (url.pathname === '/v2/parcels' && req.method === 'POST') {
        const parcel = { type: req.headers['content-type'], body: Buffer.concat(chunks).toString() };
        seen.parcels.push(parcel);
        return json(201, { tracking: `NK${String(seen.parcels.length).padStart(6, '0')}DE` });
      }
      return json(404, { error: 'no such address' });
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({
      url: `http://127.0.0.1:${server.address().port}`,
      seen,
      close: (yes) => { down = yes; },
      stop: () => stop(server),
    }));
  });
}

function stop(server) {
  return new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

module.exports = { start, stop };
