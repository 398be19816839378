// The list of pictures: filter, order, pages.
import { newest, post } from './api.js';

export const PAGE_SIZE = 60;
const byId = (id) => document.getElementById(id);

export class ListPanel {
  // view() gives what is looked at; onPick(index) opens a picture.
  constructor(view, onPick, onList, onWrong) {
    Object.assign(this, { view, onPick, onList, onWrong });
    this.offset = this.shown = 0;
    this.entries = [];
    this.matched = 0;
    this.current = null;
    this.unit = { factor: 100, text: '%' };
    this.ask = newest((body) => post('list', body));
    this.moved = Promise.resolve();
    byId('filter').addEventListener('submit', (event) => event.preventDefault());
    byId('filter').addEventListener('input', () => this.later());
    byId('descending').addEventListener('click', () => {
      const pressed = byId('descending').getAttribute('aria-pressed') === 'true';
      byId('descending').setAttribute('aria-pressed', String(!pressed));
      this.load(0);
    });
    byId('sort').addEventListener('change', () => {
      byId('descending').setAttribute('aria-pressed', String(byId('sort').value !== 'file'));
    });
    byId('reset-filter').addEventListener('click', () => {
      byId('filter').reset();
      byId('descending').setAttribute('aria-pressed', 'false');
      this.load(0);
    });
    byId('page-back').addEventListener('click', () => this.afterMoves(() => this.turn(-1)));
    byId('page-on').addEventListener('click', () => this.afterMoves(() => this.turn(1)));
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(0), 150);
  }

  request(offset) {
    const number = (id) => (byId(id).value === '' ? null : Number(byId(id).value));
    const error = (id) => (number(id) === null ? null : number(id) / this.unit.factor);
    return {
      view: this.view(),
      text: byId('text').value,
      error_min: error('error-min'),
      error_max: error('error-max'),
      missing_min: number('missing-min'),
      inferred_min: number('inferred-min'),
      keypoint: byId('keypoint').value || null,
      empty: byId('empty').checked,
      sort: byId('sort').value,
      descending: byId('descending').getAttribute('aria-pressed') === 'true',
      offset,
      limit: PAGE_SIZE,
    };
  }

  // Whether the list is now that of the newest question; errors leave it as it is. Whoever asks
  // anew meanwhile, with other points perhaps, does so for the page that was asked for last.
  load(offset = this.offset) {
    clearTimeout(this.timer);
    this.loading = this.read(offset);
    this.offset = offset;
    return this.loading;
  }

  async read(offset) {
    try {
      const answer = await this.ask(this.request(offset));
      if (!answer) return await this.loading;
      if (!answer.pictures.length && answer.offset) {
        // fewer are left than were before this page
        return await this.load(Math.floor(Math.max(0, answer.matched - 1) / PAGE_SIZE) * PAGE_SIZE);
      }
      this.offset = this.shown = answer.offset;
      this.entries = answer.pictures;
      this.matched = answer.matched;
      this.onList(answer);
      this.draw(answer);
      return true;
    } catch (error) {
      this.offset = this.shown;
      this.onWrong(error);
      return false;
    }
  }

  // The points that one can be interested in; the choice is kept where it still exists.
  offerKeypoints(names) {
    const select = byId('keypoint');
    const before = select.value;
    select.replaceChildren(new Option('all', ''), ...names.map((name) => new Option(name, name)));
    select.value = names.includes(before) ? before : '';
  }

  draw({ matched, total, offset }) {
    const items = this.entries.map((entry) => {
      const item = document.createElement('li');
      item.append(this.row(entry));
      return item;
    });
    byId('pictures').replaceChildren(...items);
    byId('pictures').scrollTop = 0;
    const last = Math.min(offset + PAGE_SIZE, matched);
    const of = matched === total ? `${total}` : `${matched} (${total} in all)`;
    byId('page-text').textContent = matched ? `${offset + 1}–${last} of ${of}` : `none of ${total}`;
    byId('page-back').disabled = offset === 0;
    byId('page-on').disabled = last >= matched;
    this.mark(this.current);
  }

  row(entry) {
    const button = document.createElement('button');
    button.dataset.index = entry.index;
    const image = document.createElement('img');
    Object.assign(image, { loading: 'lazy', alt: '', width: 48, height: 48, src: `/api/thumbnail/${entry.index}?run=${this.run}` });
    image.addEventListener('error', () => {
      const none = Object.assign(document.createElement('span'), { className: 'none', textContent: '–' });
      image.replaceWith(none);
    });
    const text = Object.assign(document.createElement('span'), { className: 'text' });
    const name = Object.assign(document.createElement('span'), { className: 'name', textContent: entry.name, title: entry.name });
    const facts = Object.assign(document.createElement('span'), { className: 'facts', textContent: this.facts(entry) });
    text.append(name, facts);
    button.append(image, text);
    button.addEventListener('click', () => this.onPick(entry.index));
    return button;
  }

  facts({ instances, error, missing, inferred }) {
    const parts = [];
    if (error !== null) parts.push(this.format(error));
    if (instances !== 1) parts.push(`${instances} instances`);
    if (missing) parts.push(`${missing} missing`);
    if (inferred) parts.push(`${inferred} inferred`);
    return parts.join(' · ') || 'all points given';
  }

  format(error) {
    return `${(error * this.unit.factor).toFixed(this.unit.factor === 1 ? 1 : 2)} ${this.unit.text}`;
  }

  mark(index) {
    this.current = index;
    for (const button of byId('pictures').querySelectorAll('button')) {
      const here = Number(button.dataset.index) === index;
      button.setAttribute('aria-current', String(here));
      if (here) button.scrollIntoView({ block: 'nearest' });
    }
  }

  // The picture before (-1) or after (1) the current one in the list, across pages.
  step(by) {
    return this.afterMoves(() => this.move(by));
  }

  // Steps and pages that are asked for while a page is read follow one after the other.
  afterMoves(move) {
    this.moved = this.moved.then(move).catch((error) => this.onWrong(error));
    return this.moved;
  }

  // The page before (-1) or after (1) this one; whether there is one.
  async turn(by) {
    const offset = this.offset + by * PAGE_SIZE;
    if (by < 0 ? this.offset === 0 : offset >= this.matched) return false;
    return this.load(Math.max(0, offset));
  }

  async move(by) {
    const at = this.entries.findIndex((entry) => entry.index === this.current);
    let next = at < 0 ? (by > 0 ? 0 : this.entries.length - 1) : at + by;
    if (!this.entries[next] && (await this.turn(by))) next = by > 0 ? 0 : this.entries.length - 1;
    if (this.entries[next]) this.onPick(this.entries[next].index);
  }
}
