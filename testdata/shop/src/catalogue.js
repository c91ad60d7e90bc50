'use strict';

const _ = require('lodash');

const orders = {
  name: ['name'],
  price: ['price', 'name'],
  '-price': [(p) => -p.price, 'name'],
};

class Catalogue {
  constructor(products) {
    this.products = _.cloneDeep(products);
    this.bySlug = _.keyBy(this.products, 'slug');
    this.bySku = _.keyBy(this.products, 'sku');
  }

  find(slug) {
    return _.has(this.bySlug, slug) ? this.bySlug[slug] : undefined;
  }

  categories() {
    const counts = _.countBy(this.products, 'category');
    return _.map(_.keys(counts).sort(), (name) => ({ name, title: _.startCase(name), count: counts[name] }));
  }

  // list returns one page of the products that pass the filter.
  list({ filter = {}, sort = 'name', page = 1, pageSize = 5 } = {}) {
    const passing = _.filter(this.products, (p) => {
      const max = Number(filter.max);
      return (!filter.category || p.category === filter.category)
        && (!filter.tag || _.includes(p.tags, filter.tag))
        && (filter.stocked !== 'yes' || p.stock > 0)
        && (!(max > 0) || p.price <= max);
    });
    const pages = _.chunk(_.sortBy(passing, orders[sort] || orders.name), pageSize);
    const number = _.clamp(Math.floor(page) || 1, 1, Math.max(pages.length, 1));
    return { items: pages[number - 1] || [], page: number, pages: pages.length, total: passing.length };
  }

  // search ranks by where the words of the query are found; accents and case do not count.
  search(query) {
    const wanted = words(query);
    if (wanted.length === 0) {
      return [];
    }
    const scored = _.map(this.products, (product) => ({ product, score: score(product, wanted) }));
    return _.map(_.orderBy(_.filter(scored, 'score'), ['score', 'product.name'], ['desc', 'asc']), 'product');
  }

  // reprice takes { sku: { price, stock } } and returns the numbers it did not know.
  reprice(changes) {
    const [known, unknown] = _.partition(_.keys(changes), (sku) => _.has(this.bySku, sku));
    for (const sku of known) {
      _.assign(this.bySku[sku], _.pickBy(changes[sku], _.isFinite));
    }
    return { changed: known.length, unknown };
  }
}

function words(text) {
  return _.uniq(_.words(_.deburr(_.toLower(_.trim(text)))));
}

function score(product, wanted) {
  const fields = [[product.name, 4], [product.category, 3], [product.tags.join(' '), 2], [product.description, 1]];
  return _.sumBy(wanted, (word) => _.sumBy(fields, ([text, weight]) => (_.some(words(text), (w) => _.startsWith(w, word)) ? weight : 0)));
}

module.exports = { Catalogue };
