'use strict';

const si = require('systeminformation');

// report says how the machine is doing; services names the daemons to look for.
async function report({ services } = {}) {
  const memory = await si.mem();
  const { uptime } = si.time();
  return {
    uptime,
    memory: { total: memory.total, free: memory.available },
    services: services ? await si.services(services) : [],
  };
}

module.exports = { report };
