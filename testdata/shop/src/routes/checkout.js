'use strict';

const express = require('express');
const csurf = require('csurf');
const { Cart } = require('../cart');
const validate = require('../validate');
const dates = require('../dates');

module.exports = function checkout({ settings, catalogue, orders, tokens, shipping, mailer, onMail }) {
  const router = express.Router();
  router.use(csurf({ cookie: { key: 'form', httpOnly: true, sameSite: 'strict' } }));

  const form = (req, res, status, { fields = {}, errors = {} } = {}) => {
    const cart = Cart.from(req.signedCookies.cart, catalogue);
    if (cart.count === 0) {
      return res.redirect(303, '/cart');
    }
    return res.status(status).render('checkout', { title: 'Checkout', cart, fields, errors, countries: validate.countries, csrf: req.csrfToken() });
  };

  router.get('/', (req, res) => form(req, res, 200));

  router.post('/', async (req, res, next) => {
    try {
      const cart = Cart.from(req.signedCookies.cart, catalogue);
      const { fields, errors, ok } = validate.address(req.body);
      const voucher = req.body.voucher ? tokens.read(String(req.body.voucher).trim(), 'voucher') : { cents: 0 };
      if (!voucher) {
        errors.voucher = 'We cannot accept that voucher.';
      }
      if (!ok || !voucher || cart.count === 0) {
        return form(req, res, 422, { fields, errors });
      }
      const quote = await shipping.quote({ country: fields.country, postcode: fields.postcode, pieces: cart.count, subtotal: cart.subtotal });
      const order = orders.place({ customer: fields, cart, shipping: quote, discount: voucher.cents });
      order.tracking = await shipping.register(order);

      const link = `/orders/${order.number}?token=${tokens.receipt(order.number)}`;
      const delivery = dates.describe(dates.deliveryDay(order.placed, quote.days), fields.language);
      onMail(await mailer.confirmation(order, { delivery, link: settings.url + link }));
      res.clearCookie('cart');
      return res.redirect(303, link);
    } catch (err) {
      return next(err);
    }
  });

  return router;
};
