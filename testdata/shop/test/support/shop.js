'use strict';

const http = require('http');
const { CookieJar } = require('tough-cookie');
const { createApp } = require('../../src/app');
const carrier = require('./carrier');

const thursday = new Date('2026-03-05T09:30:00Z');

// open starts a shop and its carrier on ports of their own. The time stands still.
async function open(overrides = {}) {
  const delivery = await carrier.start();
  const letters = [];
  const app = createApp({
    overrides: { secret: 'a secret for the tests', carrier: { url: delivery.url }, ...overrides },
    clock: () => thursday,
    onMail: (info) => letters.push(JSON.parse(info.message)),
  });
  const server = http.createServer(app);
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    letters,
    carrier: delivery,
    visitor: () => new Visitor(url),
    close: async () => {
      await carrier.stop(server);
      await delivery.stop();
    },
  };
}

// Visitor is a browser as far as a shop can tell: it keeps cookies and does not follow redirects by itself.
class Visitor {
  constructor(url) {
    this.url = url;
    this.jar = new CookieJar();
    this.token = null;
  }

  async send(method, path, { body, headers = {} } = {}) {
    const url = this.url + path;
    const cookies = await this.jar.getCookieString(url);
    const response = await fetch(url, {
      method,
      body,
      redirect: 'manual',
      headers: { ...(cookies && { cookie: cookies }), ...(this.token && { authorization: `Bearer ${this.token}` }), ...headers },
    });
    for (const cookie of response.headers.getSetCookie()) {
      await this.jar.setCookie(cookie, url);
    }
    const text = await response.text();
    const json = (response.headers.get('content-type') || '').includes('json') ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, location: response.headers.get('location'), text, json };
  }

  get(path) {
    return this.send('GET', path);
  }

  post(path, fields) {
    return this.send('POST', path, { body: new URLSearchParams(fields) });
  }

  postJSON(path, value) {
    return this.send('POST', path, { body: JSON.stringify(value), headers: { 'content-type': 'application/json' } });
  }

  // checkOut fills in the form as it stands, token and all.
  async checkOut(fields) {
    const form = await this.get('/checkout');
    const [, csrf] = /name="_csrf" value="([^"]+)"/.exec(form.text) || [];
    return this.post('/checkout', { _csrf: csrf, ...fields });
  }

  async signIn() {
    const { json } = await this.postJSON('/admin/login', { user: 'harbourmaster', password: 'belay the halyard' });
    this.token = json.token;
    return this;
  }
}

const anna = {
  name: 'Anna Petersen',
  email: 'Anna.Petersen@mail.example',
  street: 'Kaistraße 4',
  postcode: '24103',
  city: 'Kiel',
  country: 'DE',
};

module.exports = { open, anna, thursday };
