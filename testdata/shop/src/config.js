'use strict';

const _ = require('lodash');
const defaults = require('../config/shop.json');

// load returns the settings of the shop with overrides merged in, nested objects key by key.
function load(overrides = {}) {
  return _.defaultsDeep({}, overrides, defaults);
}

module.exports = { load };
