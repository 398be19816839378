// The page: what is looked at, and who is told when it changes.
import { get, newest, post } from './api.js';
import { ListPanel } from './list_panel.js';
import { MappingPanel } from './mapping_panel.js';
import { legend } from './marks.js';
import { PictureView } from './picture_view.js';
import { SaveDialog } from './save_dialog.js';

const byId = (id) => document.getElementById(id);
const DRAFT = '\u0000draft';
const LAYERS = ['source', 'converted', 'truth', 'differences', 'links'];
const state = { start: null, schema: null, converter: null, normalizer: null, converters: [], index: null };
const schemas = new Map();
const askPoints = newest((body) => post('points', body));

// the cookie speaks from now on, so the token need not stay in the address and the history
history.replaceState(null, '', '/');

const picture = new PictureView(
  { stage: byId('stage'), picture: byId('picture'), overlay: byId('overlay'), tip: byId('tip'), blank: byId('no-picture') },
  (place) => {
    if (!place) panel.view.focus(null, null);
    else if (place.kind === 'source') panel.view.focus('source', place.name);
    else panel.view.focus('target', place.name);
  },
);
const guarded = (work) => (...given) => Promise.resolve(work(...given)).catch(wrong);
const list = new ListPanel(view, guarded(open), listed, wrong);
const panel = new MappingPanel({
  onChange: changed,
  onDraft: drafted,
  onHover: (spot) => picture.highlight(spot && spot.side === 'target' ? 'converted' : 'source', spot ? spot.name : null),
  onWrong: wrong,
});
const dialog = new SaveDialog((told) => saved(told).catch(wrong));
picture.format = (error) => list.format(error);

function view() {
  const converter = panel.draft ? panel.draft.content : state.converter;
  return { schema: state.schema, converter, normalizer: state.normalizer };
}

async function schemaOf(name) {
  if (!schemas.has(name)) schemas.set(name, await get('schema', { name }));
  return schemas.get(name);
}

function say(text) {
  byId('status').textContent = text;
  byId('status').classList.remove('wrong');
}

function wrong(error) {
  byId('status').textContent = error.message;
  byId('status').classList.add('wrong');
}

// --- what is looked at -----------------------------------------------------------------------

async function chooseSchema(name, converter) {
  state.schema = name;
  state.converters = await get('converters', { schema: name });
  const target = byId('new-target');
  target.replaceChildren(...state.start.targets.filter((n) => n !== name).map((n) => new Option(n, n)));
  if (state.start.truthSchema && state.start.truthSchema !== name) target.value = state.start.truthSchema;
  await chooseConverter(converter);
  if (list.entries.length) await open(list.entries[0].index);
  else clear();
}

async function chooseConverter(id) {
  const found = state.converters.find((c) => c.id === id) || null;
  state.converter = found ? found.id : null;
  offerConverters();
  panel.look(await schemaOf(state.schema), found, found ? await schemaOf(found.target) : null);
  await compare(true);
}

function offerConverters() {
  const options = [new Option('nothing', '')];
  if (panel.draft) options.push(new Option(`${panel.draft.name} (editing)`, DRAFT));
  options.push(...state.converters.map((c) => new Option(c.kind === 'checkpoint' ? `${c.id} (trained)` : c.id, c.id)));
  byId('converter').replaceChildren(...options);
  byId('converter').value = panel.draft ? DRAFT : state.converter || '';
  byId('export').disabled = !panel.draft && !state.converter;
}

// The compared points have changed: another list, another set of keypoints, perhaps another unit.
async function compare(again) {
  const compared = panel.draft ? panel.draft.target : panel.target || panel.source;
  list.offerKeypoints(compared.keypoints);
  await list.load(again ? 0 : list.offset);
  if (state.index !== null) await open(state.index);
}

function listed({ measure, instances, points, missing, inferred, withoutRule }) {
  const names = measure.normalizers;
  byId('normalizer').replaceChildren(...(names.length ? names.map((n) => new Option(n, n)) : [new Option('–', '')]));
  byId('normalizer').disabled = !names.length;
  if (names.length && !names.includes(state.normalizer)) {
    [state.normalizer] = names;
    list.load(list.offset);
  }
  byId('normalizer').value = names.length ? state.normalizer : '';
  list.unit = state.normalizer === 'pixel' ? { factor: 1, text: 'px' } : { factor: 100, text: '%' };
  document.querySelector('.unit').textContent = names.length ? list.unit.text : '';
  const lines = [];
  if (measure.normalizer) {
    const keypoint = byId('keypoint').value;
    const what = `${keypoint || 'Mean'} error / ${measure.normalizer}`;
    const mean = measure.mean === null ? 'none' : `${list.format(measure.mean)} (median ${list.format(measure.median)})`;
    lines.push([`${what}: `, mean], [`of ${measure.measured} instances`, '']);
    const excluded = Object.entries(measure.excluded).map(([reason, count]) => `${count} ${reason}`);
    if (excluded.length) lines.push([`not measured: ${excluded.join(', ')}`, '']);
  } else {
    lines.push([`Errors: ${measure.reason}`, '']);
  }
  lines.push([`${instances} instances: ${points} points given, ${missing} missing, ${inferred} inferred`, '']);
  if (withoutRule) lines.push([`${withoutRule} keypoints have no rule: never given, not counted as missing`, '']);
  byId('summary').replaceChildren(...lines.map(([text, strong]) => {
    const line = document.createElement('p');
    line.append(text, Object.assign(document.createElement('b'), { textContent: strong }));
    return line;
  }));
}

// Nothing is listed, so nothing is looked at.
function clear() {
  picture.clear();
  byId('caption').textContent = 'no picture is listed';
}

async function open(index) {
  list.mark(index); // at once: the next step starts here
  const data = await askPoints({ view: view(), index });
  if (!data) return;
  state.index = index;
  const of = async (name) => (name ? schemaOf(name) : null);
  const drawn = { source: await schemaOf(state.schema), converted: await of(data.target), truth: await of(data.truth && data.truth.schema) };
  picture.show(data, drawn);
  for (const [layer, there] of [['converted', data.target], ['truth', data.truth], ['differences', data.truth]]) {
    document.querySelector(`[data-layer=${layer}]`).disabled = !there;
  }
  const size = data.size ? `${data.size[0]} × ${data.size[1]}` : 'size unknown';
  const each = data.instances.map((i) => (i.error === null || i.error === undefined ? `${i.id}` : `${i.id}: ${list.format(i.error)}`));
  const some = each.length > 6 ? `${each.slice(0, 6).join(', ')} …` : each.join(', ');
  byId('caption').textContent = `${data.name} · ${size} · ${each.length ? `annotation${each.length > 1 ? 's' : ''} ${some}` : 'no annotation of this schema'}`;
}

// --- editing and saving ----------------------------------------------------------------------

let later = null;

function changed() {
  if (state.index !== null) open(state.index).catch(wrong);
  clearTimeout(later);
  later = setTimeout(() => list.load(), 300);
}

function drafted() {
  offerConverters();
  if (panel.draft) say('Editing: the picture shows every change at once; nothing is written before you save.');
  guarded(compare)(false);
}

function save() {
  const { draft } = panel;
  dialog.open({
    path: 'mapping',
    title: 'Save the mapping',
    file: `${draft.name}.json`,
    output: state.start.output,
    names: draft,
    content: (names) => ({ ...view(), converter: { ...draft.content, ...names } }),
  });
}

function exportFile() {
  const name = panel.draft ? panel.draft.target.name : panel.target.name;
  const stem = state.start.file.split(/[\\/]/).pop().replace(/\.json$/, '');
  dialog.open({
    path: 'export',
    title: 'Export the converted file',
    file: `${stem}_${name}.json`,
    output: state.start.output,
    names: null,
    content: () => view(),
  });
}

async function saved(told) {
  if (told.downloaded) {
    if (dialog.path === 'mapping') panel.draft.past = [];
    say(`${told.downloaded} was handed to the browser`);
    return;
  }
  if (told.converter) {
    state.converters = await get('converters', { schema: state.schema });
    panel.draft = null;
    await chooseConverter(told.converter);
  }
  say(`wrote ${told.written}: ${told.summary}`);
}

// --- controls --------------------------------------------------------------------------------

function press(id, on) {
  byId(id).setAttribute('aria-pressed', String(on));
}

function toggleLayer(layer) {
  picture.shown[layer] = !picture.shown[layer];
  document.querySelector(`[data-layer=${layer}]`).setAttribute('aria-pressed', String(picture.shown[layer]));
  picture.draw();
}

function toggleMapping(on = byId('mapping-panel').hidden) {
  byId('mapping-panel').hidden = !on;
  document.querySelector('main').classList.toggle('mapping', on);
  press('show-mapping', on);
  pressList();
  if (on) panel.refresh();
}

const listShown = () => getComputedStyle(byId('list-panel')).display !== 'none';

function pressList() { press('show-list', listShown()); }

// Where there is no room for both, the list takes the place of the mapping.
function toggleList() {
  const on = !listShown();
  byId('list-panel').hidden = !on;
  if (on && !listShown()) toggleMapping(false);
  pressList();
}

function nextLabels() {
  const select = byId('labels');
  select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
  label();
}

function label() {
  picture.labels = byId('labels').value;
  picture.draw();
}

function edit() {
  if (!panel.draft) { toggleMapping(true); panel.edit(); }
}

const KEYS = {
  ArrowLeft: guarded(() => list.step(-1)),
  ArrowRight: guarded(() => list.step(1)),
  1: () => toggleLayer('source'),
  2: () => toggleLayer('converted'),
  3: () => toggleLayer('truth'),
  4: () => toggleLayer('differences'),
  5: () => toggleLayer('links'),
  n: nextLabels,
  '+': () => picture.zoom(1.3),
  '=': () => picture.zoom(1.3),
  '-': () => picture.zoom(1 / 1.3),
  0: () => picture.fit(),
  z: () => picture.closer(),
  l: toggleList,
  m: () => toggleMapping(),
  e: edit,
  '/': () => byId('text').focus(),
  '?': () => byId('help-dialog').showModal(),
};

document.addEventListener('keydown', (event) => {
  if (document.querySelector('dialog[open]')) return;
  const typing = event.target.closest('input, textarea, select');
  if ((event.ctrlKey || event.metaKey) && event.key === 'z' && !typing && panel.draft) {
    event.preventDefault();
    panel.undo();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

function connect() {
  for (const layer of LAYERS) {
    const button = document.querySelector(`[data-layer=${layer}]`);
    legend(button.querySelector('svg'), layer);
    button.addEventListener('click', () => toggleLayer(layer));
  }
  const clicks = {
    back: KEYS.ArrowLeft, on: KEYS.ArrowRight, fit: KEYS[0], closer: KEYS.z, 'zoom-in': KEYS['+'], 'zoom-out': KEYS['-'],
    'show-list': toggleList, 'show-mapping': () => toggleMapping(), 'show-help': KEYS['?'], export: exportFile, save,
  };
  for (const [id, act] of Object.entries(clicks)) byId(id).addEventListener('click', () => act());
  byId('labels').addEventListener('change', label);
  byId('schema').addEventListener('change', guarded(async (event) => {
    if (!panel.mayLeave()) { byId('schema').value = state.schema; return; }
    panel.draft = null;
    state.index = null;
    await chooseSchema(event.target.value, null);
  }));
  byId('converter').addEventListener('change', guarded(async (event) => {
    const id = event.target.value;
    if (id === DRAFT) return;
    if (!panel.mayLeave()) { byId('converter').value = DRAFT; return; }
    panel.draft = null;
    await chooseConverter(id);
  }));
  byId('normalizer').addEventListener('change', guarded(async (event) => {
    state.normalizer = event.target.value;
    byId('error-min').value = '';
    byId('error-max').value = '';
    await compare(true);
  }));
  window.addEventListener('resize', pressList);
  window.addEventListener('beforeunload', (event) => {
    if (panel.draft && panel.draft.dirty) event.preventDefault();
  });
}

async function begin() {
  connect();
  state.start = await get('start');
  list.run = state.start.run;
  document.title = `${state.start.file} · mmlandmark viewer`;
  const named = state.start.schemas.map((s) => new Option(`${s.name} (${s.instances})`, s.name));
  byId('schema').replaceChildren(...named);
  byId('schema').value = state.start.schema;
  const truth = state.start.truth ? `, ground truth: ${state.start.truth}` : '';
  say(`${state.start.file}: ${state.start.pictures} pictures from ${state.start.imageFolder}${truth}`);
  await chooseSchema(state.start.schema, state.start.converter);
}

guarded(begin)();
