'use strict';

const path = require('path');
const express = require('express');
const cookieParser = require('cookie-parser');
const config = require('./config');
const { Catalogue } = require('./catalogue');
const { Mailer } = require('./mail');
const { OrderBook } = require('./orders');
const { Shipping } = require('./shipping');
const { Tokens } = require('./tokens');
const money = require('./money');
const routes = {
  shop: require('./routes/shop'),
  checkout: require('./routes/checkout'),
  admin: require('./routes/admin'),
};

// createApp wires a shop. Overrides change the settings, clock tells the time, onMail sees each letter that was sent.
function createApp({ overrides, clock = () => new Date(), products = require('../data/catalogue.json'), onMail = () => {} } = {}) {
  const settings = config.load(overrides);
  const catalogue = new Catalogue(products);
  const services = {
    settings,
    clock,
    onMail,
    catalogue,
    pictures: new Map(),
    orders: new OrderBook({ clock, vatPercent: settings.vatPercent }),
    tokens: new Tokens(settings.secret),
    shipping: new Shipping({ ...settings.carrier, freeFrom: settings.freeShippingFrom }),
    mailer: new Mailer({ ...settings.mail, shop: settings.name }),
  };

  const app = express();
  app.disable('x-powered-by');
  app.set('view engine', 'ejs');
  app.set('views', path.join(__dirname, '..', 'views'));
  app.locals.shop = settings.name;
  app.locals.money = money.format;

  app.use(express.static(path.join(__dirname, '..', 'public'), { maxAge: '1h' }));
  app.get('/vendor/jquery.js', (req, res) => res.sendFile(require.resolve('jquery/dist/jquery.min.js')));
  app.use(express.urlencoded({ extended: true, limit: '16kb' }));
  app.use(express.json({ limit: '16kb' }));
  app.use(cookieParser(settings.secret));

  app.use('/admin', routes.admin(services));
  app.use('/checkout', routes.checkout(services));
  app.use('/', routes.shop(services));

  app.use((req, res) => res.status(404).render('error', { title: 'Not found', message: 'There is no such page.' }));
  app.use((err, req, res, next) => {
    if (res.headersSent) {
      return next(err);
    }
    const status = err.code === 'EBADCSRFTOKEN' ? 403 : err.status || 500;
    const message = status === 403 ? 'The form has expired. Please go back and try again.' : 'Something went wrong on our side.';
    return res.status(status).render('error', { title: 'Sorry', message });
  });
  return app;
}

module.exports = { createApp };
