
'use strict';
// Everything shown comes from hosts and rules, so it only ever becomes text, never markup.
const EVERY = 2000;
const PATIENCE = 5000;
const FEW = 4;
const YEAR = 365 * 86400;
const unfolded = new Set();
let last = null;

const at = id => document.getElementById(id);

function make(tag, look, ...inside) {
  const made = document.createElement(tag);
  if (look) made.className = look;
  made.append(...inside.filter(each => each !== null && each !== ''));
  return made;
}

const facts = all => make('p', 'facts', ...all.filter(Boolean).map(fact =>
  fact instanceof Node ? fact : make('span', '', fact)));

function bytes(n) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  return (unit > 0 && n < 10 ? n.toFixed(1) : Math.round(n)) + ' ' + units[unit];
}

function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return s + ' s';
  if (s < 3600) return Math.floor(s / 60) + ' min';
  if (s < 86400) return Math.floor(s / 3600) + ' h ' + Math.floor(s % 3600 / 60) + ' min';
  return Math.floor(s / 86400) + ' d ' + Math.floor(s % 86400 / 3600) + ' h';
}

const time = seconds => seconds < 1 ? Math.round(seconds * 1000) + ' ms'
  : seconds < 60 ? seconds.toFixed(1) + ' s' : span(seconds);

const count = (n, one, many) => n + ' ' + (n === 1 ? one : many);

/** Puts these into a section in place of what is there, and leaves alone what looks the same: texts stay selected. */
function fill(id, ...fresh) {
  const section = at(id);
  while (section.childNodes.length > fresh.length) section.lastChild.remove();
  fresh.forEach((node, i) => {
    const old = section.childNodes[i];
    if (!old) section.append(node);
    else if (!old.isEqualNode(node)) old.replaceWith(node);
  });
}

function expiry(loaded, now) {
  if (!loaded.expiresAt) return null;
  const left = (Date.parse(loaded.expiresAt) - now) / 1000;
  return left > YEAR ? 'stays' : left > 0 ? 'leaves in ' + span(left) : 'about to leave';
}

function model(it, host, now) {
  const known = host.modelsKnown;
  const learned = it.learned;
  const said = [];
  if (it.loaded) {
    said.push(make('span', 'good', 'in memory'));
    if (it.loaded.context) said.push('context ' + it.loaded.context);
    said.push(expiry(it.loaded, now));
    if (it.loaded.gpuBytes && it.loaded.bytes) {
      said.push(Math.round(100 * it.loaded.gpuBytes / it.loaded.bytes) + ' % on GPU');
    }
  }
  if (known && !it.installed) said.push(make('span', 'warn', 'not installed'));
  if (learned) {
    if (learned.resting) said.push(make('span', 'bad', 'left alone after a failure'));
    if (learned.inFlight) said.push(learned.inFlight + ' of ' + count(learned.slots, 'slot', 'slots') + ' busy');
    if (learned.promptTokensPerSecond) said.push('reads ' + learned.promptTokensPerSecond + ' tokens/s');
    if (learned.tokensPerSecond) said.push('writes ' + learned.tokensPerSecond + ' tokens/s');
    if (learned.loadSeconds) said.push('loads in ' + time(learned.loadSeconds));
    if (learned.overheadSeconds) said.push('adds ' + time(learned.overheadSeconds));
    if (!host.slots) said.push(count(learned.slots, 'slot', 'slots') + ' learned');
  }
  const size = it.installed && it.bytes ? bytes(it.bytes) : '';
  return make('li', '',
    make('p', '', make('span', 'name', it.name), size && make('span', 'quiet', '  ' + size)),
    said.length ? facts(said) : null);
}

function models(host, now) {
  const weight = it => it.loaded ? 0 : it.learned ? 1 : 2;
  const all = [...host.models].sort((a, b) => weight(a) - weight(b));
  const quiet = all.filter(it => weight(it) === 2);
  const folded = quiet.length > FEW ? quiet : [];
  const list = make('ul', 'models', ...all.filter(it => !folded.includes(it))
    .map(it => model(it, host, now)));
  if (folded.length) {
    const details = make('details', '',
      make('summary', '', folded.length + ' more installed'),
      make('ul', '', ...folded.map(it => model(it, host, now))));
    details.open = unfolded.has(host.name);
    details.addEventListener('toggle', () =>
      details.open ? unfolded.add(host.name) : unfolded.delete(host.name));
    list.append(make('li', '', details));
  }
  return list;
}

function state(host) {
  if (host.dialect !== 'ollama') return make('span', 'state quiet', 'not probed');
  const look = {up: 'good', down: 'bad'}[host.health] || 'warn';
  return make('span', 'state ' + look, host.health);
}

function breaker(it) {
  if (it.state === 'closed') return 'breaker closed';
  if (it.state === 'trial') return make('span', 'warn', 'breaker lets trials through');
  return make('span', 'bad', 'breaker open' + (it.retryInSeconds ? ', ' + it.retryInSeconds + ' s more' : ''));
}

function host(it, now) {
  const ollama = it.dialect === 'ollama';
  const full = it.saturatedForSeconds;
  return make('article', 'card',
    make('h3', '', make('span', '', it.name), state(it)),
    make('p', 'quiet', it.url),
    it.ailment && it.health !== 'up' && ollama ? make('p', it.health === 'down' ? 'bad' : 'warn', it.ailment) : null,
    facts([
      it.version && 'Ollama ' + it.version,
      it.inFlight + (it.slotsInAll ? ' of ' + it.slotsInAll : '') + ' under way',
      it.slots && count(it.slots, 'slot', 'slots') + ' per model',
      full && make('span', 'warn', 'full, ' + full + ' s more'),
      breaker(it.breaker),
      it.reloads.caused && count(it.reloads.caused, 'reload', 'reloads') + ' for another context',
      it.reloads.avoided && it.reloads.avoided + ' avoided',
    ]),
    ollama && it.modelsKnown && !it.models.length ? make('p', 'warn', 'no models') : null,
    ollama && !it.modelsKnown ? make('p', 'quiet', 'its models are not known yet') : null,
    it.models.length ? models(it, now) : null);
}

function job(it) {
  const done = it.total > 0 ? bytes(it.completed) + ' of ' + bytes(it.total) : '';
  const bar = make('progress', '');
  if (it.total > 0) {
    bar.max = it.total;
    bar.value = it.completed;
  }
  const what = it.call.replace('POST /api/', '');
  bar.setAttribute('aria-label', what + ' ' + it.model);
  return make('article', 'card',
    make('p', '', what + ' ', make('span', 'name', it.model), ' on ' + it.host), bar, facts([it.status, done]));
}

const load = it => make('article', 'card',
  make('p', '', 'load ', make('span', 'name', it.model), ' on ' + it.host),
  facts(['for ' + span(it.forSeconds), it.etaSeconds && 'about ' + span(it.etaSeconds) + ' more']));

function waiting(it) {
  const refused = Object.entries(it.refused).map(([why, times]) => times + ' ' + why.replace('_', ' '));
  return [
    it.requests && count(it.requests, 'request waits', 'requests wait') + ' (' + bytes(it.bytes) + ') for up to ' +
      span(it.oldestSeconds),
    refused.length && 'refused in the queue: ' + refused.join(', ')].filter(Boolean);
}

const queue = it => make('article', 'card',
  make('p', '', count(it.waiting.length, 'request waits', 'requests wait') + ' for ', make('span', 'name', it.model)),
  ...it.waiting.slice(0, 8).map(one => facts([
    one.position + '.', one.agent, one.class, 'for ' + span(one.waitedSeconds), 'about ' + span(one.etaSeconds) + ' more'])),
  it.waiting.length > 8 ? make('p', '', 'and ' + (it.waiting.length - 8) + ' more') : '');

const conflict = it => make('article', 'card',
  make('p', '', make('span', 'name', it.model)),
  ...it.digests.map(one => facts([
    make('span', 'name', one.digest.replace('sha256:', '').slice(0, 12)), one.hosts.join(', '),
    one.modifiedAt.slice(0, 10), one.digest === it.listed && 'shown in the listings'])));

const agent = it => make('article', 'card', make('p', '', it.name), facts([
  it.needsKey ? 'needs its key' : 'no key', it.port && 'port ' + it.port, it.manage && 'may manage models',
  it.cloud.length ? 'cloud: ' + it.cloud.map(each => each.backend + ' ' + each.model).join(', ') : 'local only',
  ...(it.budget || []).filter(line => line.limit).map(line =>
    line.spent + ' of ' + line.limit + ' ' + line.of + ' this ' + line.window)]));

function cards(id, title, all) {
  fill(id, ...(all.length ? [make('h2', '', title), make('div', 'cards', ...all)] : []));
}

function show(now) {
  at('facts').textContent = [now.version, 'up ' + span(now.uptimeSeconds),
    count(now.requests, 'request', 'requests') + ' under way',
    count(now.connections, 'client', 'clients') + ' connected', ...waiting(now.waiting)].join(' · ');
  const clock = Date.parse(now.time);
  fill('hosts', ...now.hosts.map(it => host(it, clock)));
  cards('queues', 'Waiting for a slot', now.queues.map(queue));
  cards('work', 'Work under way', [...now.jobs.map(job), ...now.loads.map(load)]);
  cards('conflicts', 'Same name, different contents', now.conflicts.map(conflict));
  cards('agents', 'Agents', now.agents.map(agent));
  const down = now.hosts.filter(it => it.health === 'down').length;
  document.title = (down ? down + ' down · ' : '') + 'Essaim';
  const refused = now.rules.refused && 'The rules of before still hold. What is wrong with the new ones: ' + now.rules.refused;
  notice(now.stopping ? 'Stopping: running answers may finish, new requests are not taken.' : refused ||
    now.cloudsRest && 'No cloud is asked: ' + now.cloudsRest, '');
}

function notice(text, look) {
  const line = at('notice');
  if (line.textContent !== text) line.textContent = text;
  line.className = look;
  document.documentElement.className = look ? 'old' : '';
}

async function look() {
  try {
    const answer = await fetch('status', {cache: 'no-store', signal: AbortSignal.timeout(PATIENCE)});
    if (!answer.ok) throw new Error('it answers ' + answer.status);
    show(await answer.json());
    last = new Date();
  } catch (e) {
    const old = last ? ' since ' + last.toLocaleTimeString() + '; what stands below is old' : '';
    notice('Essaim cannot be asked' + old + ' (' + e.message + '). Trying again every 2 s.', 'bad');
    document.title = 'no answer · Essaim';
  }
  setTimeout(look, EVERY);
}

look();
