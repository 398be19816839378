// The panel of the mapping: its drawing, and the editor under it.
import { get } from './api.js';
import { Draft } from './draft.js';
import { MappingView } from './mapping_view.js';

const byId = (id) => document.getElementById(id);

export class MappingPanel {
  // onChange() after every edit; onDraft() when editing starts or ends; onHover(spot).
  constructor({ onChange, onDraft, onHover, onWrong }) {
    Object.assign(this, { onChange, onDraft, onWrong });
    this.draft = null;
    this.source = null;
    this.chosen = null; // the converter that is looked at, and its target schema
    this.view = new MappingView(byId('drawings'), onHover, (spot) => this.pick(spot));
    byId('edit').addEventListener('click', () => this.edit());
    byId('new-names').addEventListener('click', () => this.begin(true));
    byId('new-empty').addEventListener('click', () => this.begin(false));
    byId('undo').addEventListener('click', () => this.undo());
    byId('clear-rule').addEventListener('click', () => this.act((draft) => draft.clear()));
    byId('discard').addEventListener('click', () => { if (this.mayLeave()) this.leave(); });
    byId('mirror').addEventListener('change', () => { if (this.draft) this.draft.mirror = byId('mirror').checked; });
    byId('target-point').addEventListener('change', () => this.choose(byId('target-point').value));
    byId('add-source').addEventListener('change', () => {
      const name = byId('add-source').value;
      if (name) this.act((draft) => draft.toggle(name));
    });
  }

  // What is looked at has changed: the source schema, and the converter with its target or null.
  look(source, converter, target) {
    Object.assign(this, { source, converter, target });
    this.refresh();
  }

  edit() {
    if (!this.converter || !this.converter.rules) return;
    const { id, description, rules } = this.converter;
    this.start(this.target, { name: `${id}-edited`, description, rules });
  }

  async begin(names) {
    try {
      const target = await get('schema', { name: byId('new-target').value });
      const shared = names ? target.keypoints.filter((n) => this.source.keypoints.includes(n)) : [];
      const rules = Object.fromEntries(shared.map((n) => [n, { [n]: 1 }]));
      this.start(target, { name: `${this.source.name}-to-${target.name}-own`, rules });
    } catch (error) {
      this.onWrong(error);
    }
  }

  start(target, content) {
    if (!this.mayLeave()) return;
    this.draft = new Draft(this.source, target, content);
    byId('mirror').checked = this.draft.mirror;
    byId('mirror').disabled = !this.draft.sided;
    this.onDraft();
    this.refresh();
  }

  // Whether nothing is lost by leaving the draft, or that is wanted.
  mayLeave() {
    return !this.draft || !this.draft.dirty || window.confirm('Discard the changes of the mapping?');
  }

  leave() {
    if (!this.draft) return;
    this.draft = null;
    this.onDraft();
    this.refresh();
  }

  pick(spot) {
    if (!this.draft) return;
    if (spot.side === 'target') this.choose(spot.name);
    else this.act((draft) => draft.toggle(spot.name));
  }

  choose(name) {
    this.draft.chosen = name;
    this.refresh();
  }

  undo() { this.act((draft) => draft.undo()); }

  act(change) {
    if (!this.draft) return;
    change(this.draft);
    this.refresh();
    this.onChange();
  }

  refresh() {
    if (!this.source) return;
    const { draft, converter } = this;
    const target = draft ? draft.target : this.target;
    const rules = draft ? draft.rules : converter && converter.rules;
    byId('mapping-name').textContent = draft ? `${draft.name} (editing)` : converter ? converter.id : this.source.name;
    byId('edit').hidden = Boolean(draft) || !(converter && converter.rules);
    byId('new-mapping').hidden = Boolean(draft);
    byId('editor').hidden = !draft;
    byId('mapping-text').textContent = this.text(target, rules);
    this.view.show({ source: this.source, target, rules, editing: Boolean(draft), chosen: draft ? draft.chosen : null });
    if (draft) this.fill();
  }

  text(target, rules) {
    if (!target) return 'Choose what converts, or start a new mapping.';
    if (!rules) return 'A trained converter: any point may depend on all others, so there are no lines.';
    const missing = target.keypoints.filter((name) => !(name in rules));
    const some = missing.length > 8 ? `${missing.slice(0, 8).join(', ')} and ${missing.length - 8} more` : missing.join(', ');
    const covered = `${target.keypoints.length - missing.length} of ${target.keypoints.length} points`;
    const rest = missing.length ? `${covered}; without a rule: ${some}.` : `All ${target.keypoints.length} points.`;
    const how = this.draft ? ' Click a target point on the right, then its sources on the left.' : '';
    const said = !this.draft && this.converter.description ? ` ${this.converter.description}` : '';
    return rest + how + said;
  }

  fill() {
    const { draft } = this;
    const option = (name) => new Option(`${name in draft.rules ? '●' : '○'} ${name}`, name);
    byId('target-point').replaceChildren(...draft.target.keypoints.map(option));
    byId('target-point').value = draft.chosen;
    const weights = draft.weights();
    const free = draft.source.keypoints.filter((name) => !(name in weights));
    byId('add-source').replaceChildren(new Option('…', ''), ...free.map((name) => new Option(name, name)));
    byId('undo').disabled = !draft.dirty;
    byId('clear-rule').disabled = !Object.keys(weights).length;
    byId('save').disabled = !Object.keys(draft.rules).length;
    const rows = Object.entries(weights).map(([name, weight], i, all) => this.row(name, weight, all.length === 1));
    const empty = document.createElement('tr');
    empty.append(Object.assign(document.createElement('td'), { textContent: `${draft.chosen} has no source: it will not be given.` }));
    const focus = document.activeElement.closest('#weights') && document.activeElement.getAttribute('aria-label');
    byId('weights').tBodies[0].replaceChildren(...(rows.length ? rows : [empty]));
    // the keyboard stays where it was, so that a weight can be changed step by step
    if (focus) byId('weights').querySelector(`[aria-label="${CSS.escape(focus)}"]`)?.focus();
  }

  row(name, weight, alone) {
    const row = document.createElement('tr');
    const input = Object.assign(document.createElement('input'), {
      type: 'number', step: '0.05', value: String(Number(weight.toFixed(4))), disabled: alone,
    });
    input.setAttribute('aria-label', `Weight of ${name}`);
    input.addEventListener('change', () => this.act((draft) => draft.weigh(name, input.valueAsNumber)));
    const remove = Object.assign(document.createElement('button'), { textContent: '×', title: `without ${name}` });
    remove.setAttribute('aria-label', `Remove ${name}`);
    remove.addEventListener('click', () => this.act((draft) => draft.toggle(name)));
    for (const content of [name, input, remove]) {
      const cell = document.createElement('td');
      cell.append(content);
      row.append(cell);
    }
    return row;
  }
}
