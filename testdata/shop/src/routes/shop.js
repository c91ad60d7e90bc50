'use strict';

const express = require('express');
const _ = require('lodash');
const { Cart } = require('../cart');
const validate = require('../validate');
const dates = require('../dates');

module.exports = function shop({ settings, catalogue, pictures, orders, tokens, clock }) {
  const router = express.Router();

  router.get('/', (req, res) => {
    const { filter, sort, page } = req.query;
    const listing = catalogue.list({ filter: _.isPlainObject(filter) ? filter : {}, sort, page: Number(page), pageSize: settings.pageSize });
    res.render('home', { title: 'All products', listing, categories: catalogue.categories(), query: '' });
  });

  router.get('/search', (req, res) => {
    const query = _.isString(req.query.q) ? req.query.q.slice(0, 80) : '';
    const items = catalogue.search(query);
    res.render('home', {
      title: `Search: ${query}`,
      listing: { items, page: 1, pages: 1, total: items.length },
      categories: catalogue.categories(),
      query,
    });
  });

  router.get('/api/products', (req, res) => {
    const filter = _.isPlainObject(req.query.filter) ? req.query.filter : {};
    const listing = catalogue.list({ filter, sort: req.query.sort, page: Number(req.query.page), pageSize: settings.pageSize });
    res.json({ ...listing, items: listing.items.map((p) => _.pick(p, ['slug', 'sku', 'name', 'price', 'stock'])) });
  });

  router.get('/products/:slug', (req, res, next) => {
    const product = catalogue.find(req.params.slug);
    return product ? res.render('product', { title: product.name, product, picture: pictures.has(product.slug) }) : next();
  });

  router.get('/products/:slug/picture', (req, res, next) => {
    const picture = pictures.get(req.params.slug);
    return picture ? res.type(picture.type).send(picture.bytes) : next();
  });

  router.get('/cart', (req, res) => {
    res.render('cart', { title: 'Your cart', cart: Cart.from(req.signedCookies.cart, catalogue) });
  });

  router.post('/cart', (req, res) => {
    const cart = Cart.from(req.signedCookies.cart, catalogue);
    const quantity = validate.quantity(req.body.quantity);
    if (!catalogue.find(req.body.slug) || Number.isNaN(quantity)) {
      return res.status(400).render('error', { title: 'Sorry', message: 'We do not understand that line.' });
    }
    if (req.body.action === 'set') {
      cart.set(req.body.slug, quantity);
    } else {
      cart.add(req.body.slug, quantity);
    }
    res.cookie('cart', cart.toCookie(), { signed: true, httpOnly: true, sameSite: 'lax' });
    return res.redirect(303, '/cart');
  });

  router.get('/orders/:number', (req, res, next) => {
    const claims = tokens.read(req.query.token, 'receipt');
    const order = orders.find(req.params.number);
    if (!order || !claims || claims.sub !== order.number) {
      return next();
    }
    return res.render('order', {
      title: `Order ${order.number}`,
      order,
      placed: dates.ago(order.placed, clock()),
      delivery: dates.describe(dates.deliveryDay(order.placed, order.shipping.days), order.customer.language),
    });
  });

  return router;
};
