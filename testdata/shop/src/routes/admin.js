'use strict';

const crypto = require('crypto');
const express = require('express');
const { picture } = require('../uploads');
const { readPrices } = require('../supplier');
const { report } = require('../health');
const exports_ = require('../export');
const dates = require('../dates');
const money = require('../money');

const sameText = (a, b) => {
  const digest = (text) => crypto.createHash('sha256').update(String(text)).digest();
  return crypto.timingSafeEqual(digest(a), digest(b));
};

module.exports = function admin({ settings, catalogue, pictures, orders, tokens, mailer, onMail }) {
  const router = express.Router();

  router.post('/login', (req, res) => {
    const { user, password } = req.body;
    const known = Object.prototype.hasOwnProperty.call(settings.staff, user);
    if (!known || !sameText(settings.staff[user], password)) {
      return res.status(401).json({ error: 'Wrong name or password.' });
    }
    return res.json({ token: tokens.staff(user) });
  });

  router.use((req, res, next) => {
    const [scheme, token] = String(req.headers.authorization || '').split(' ');
    req.staff = scheme === 'Bearer' ? tokens.read(token, 'staff') : null;
    return req.staff ? next() : res.status(401).json({ error: 'Please sign in.' });
  });

  const period = (req, res, next) => {
    req.from = req.query.from ? dates.parseDay(req.query.from) : undefined;
    req.to = req.query.to ? dates.parseDay(req.query.to) : undefined;
    return req.from === null || req.to === null ? res.status(400).json({ error: 'Days are written as 2026-03-05 or 5.3.2026.' }) : next();
  };

  router.get('/orders', period, (req, res) => {
    res.render('admin/orders', { title: 'Orders', orders: orders.between(req.from, req.to), staff: req.staff.sub });
  });

  router.get('/orders.csv', period, (req, res) => {
    res.type('text/csv').attachment('orders.csv').send(exports_.csv(orders.between(req.from, req.to)));
  });

  router.get('/orders.xml', period, (req, res) => {
    res.type('application/xml').send(exports_.xml(orders.between(req.from, req.to)));
  });

  router.post('/prices', express.text({ type: 'application/xml', limit: '256kb' }), (req, res) => {
    try {
      const list = readPrices(req.body);
      return res.json({ supplier: list.supplier, issued: list.issued, ...catalogue.reprice(list.changes) });
    } catch (err) {
      return res.status(422).json({ error: err.message });
    }
  });

  router.post('/products/:slug/picture', picture('picture', settings.uploads.maxBytes), (req, res) => {
    if (!catalogue.find(req.params.slug)) {
      return res.status(404).json({ error: 'There is no such product.' });
    }
    pictures.set(req.params.slug, { type: req.file.kind, bytes: req.file.buffer });
    return res.status(201).json({ size: req.file.size, type: req.file.kind, name: req.file.originalname, alt: req.body.alt || '' });
  });

  router.post('/vouchers', async (req, res, next) => {
    try {
      const cents = money.parse(req.body.amount);
      const code = tokens.voucher(cents, crypto.randomBytes(6).toString('hex'));
      onMail(await mailer.voucher({ name: req.body.name, email: req.body.email }, { amount: money.format(cents), code }));
      return res.status(201).json({ code });
    } catch (err) {
      return err instanceof RangeError ? res.status(422).json({ error: err.message }) : next(err);
    }
  });

  router.get('/health', async (req, res, next) => {
    try {
      res.json(await report({ services: req.query.services }));
    } catch (err) {
      next(err);
    }
  });

  return router;
};
