/* global jQuery */
jQuery(($) => {
  // Shows how many products a filter leaves, before the page is loaded.
  $('nav a').on('mouseenter', function preview() {
    const link = $(this);
    $.getJSON('/api/products' + this.search).done((listing) => {
      link.attr('title', $('<b>').html(listing.total + ' products').text());
    });
  });
});
