// A mapping as lines between the drawings of two schemas; in editing, points are clicked.
import { make } from './marks.js';

const NEAR = 22;
const TITLE = 24;

export class MappingView {
  constructor(svg, onHover, onPick) {
    this.svg = svg;
    this.onPick = onPick;
    this.spots = [];
    this.state = null;
    svg.addEventListener('pointermove', (event) => {
      const spot = this.nearest(event);
      this.focus(spot ? spot.side : null, spot ? spot.name : null);
      onHover(spot);
    });
    svg.addEventListener('pointerleave', () => { this.focus(null, null); onHover(null); });
    svg.addEventListener('click', (event) => {
      const spot = this.nearest(event);
      if (spot) this.onPick(spot);
    });
    new ResizeObserver(() => this.draw()).observe(svg.parentElement);
  }

  // state: source and target schemas (target may be null), rules or null, editing, chosen target
  show(state) {
    this.state = state;
    this.draw();
  }

  draw() {
    const width = this.svg.parentElement.clientWidth;
    if (!this.state || !width) return;
    const { source, target, rules, editing, chosen } = this.state;
    const share = target ? 2 : 1;
    const pad = Math.max(12, Math.min(26, 0.04 * width));
    const side = Math.min((width - 8) / share - 2 * pad, 460);
    const height = TITLE + 2 * pad + Math.max(this.tall(source, side), target ? this.tall(target, side) : 0);
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.svg.style.height = `${height}px`;
    this.svg.classList.toggle('editing', editing);
    this.spots = [];
    const gap = (width - share * (side + 2 * pad)) / (share + 1);
    const parts = [];
    const first = this.drawing('source', source, gap + pad, side, pad, height, () => true);
    const second = target
      ? this.drawing('target', target, 2 * gap + 3 * pad + side, side, pad, height, (n) => !rules || n in rules)
      : [];
    if (target && rules) parts.push(...this.rules(rules));
    parts.push(...first, ...second, make('text', { class: 'name', id: 'spot-name', visibility: 'hidden' }));
    this.svg.replaceChildren(...parts);
    if (chosen) this.focus('target', chosen);
  }

  tall(schema, side) {
    const ys = schema.layout.filter(Boolean).map((place) => place[1]);
    return ys.length ? (Math.max(...ys) - Math.min(...ys)) * side : side;
  }

  drawing(kind, schema, left, side, pad, height, covered) {
    const known = schema.layout.filter(Boolean);
    const low = Math.min(...known.map((place) => place[1]));
    const top = TITLE + pad + (height - TITLE - 2 * pad - this.tall(schema, side)) / 2;
    const at = (place) => [left + place[0] * side, top + (place[1] - low) * side];
    const r = Math.min(6, Math.max(2, side / (9 * Math.sqrt(known.length || 1))));
    const parts = [make('text', { class: 'title', x: left, y: 16 }, `${schema.name} (${schema.keypoints.length})`)];
    schema.links.forEach(([a, b], i) => {
      if (!schema.layout[a] || !schema.layout[b]) return;
      const [[x1, y1], [x2, y2]] = [at(schema.layout[a]), at(schema.layout[b])];
      parts.push(make('line', { x1, y1, x2, y2, stroke: schema.linkColors[i], 'stroke-opacity': 0.35, 'stroke-width': 1.4 }));
    });
    schema.keypoints.forEach((name, k) => {
      if (!schema.layout[k]) return;
      const [x, y] = at(schema.layout[k]);
      const has = covered(name);
      const chosen = this.state.editing && kind === 'target' && name === this.state.chosen;
      const used = this.state.editing && kind === 'source' && name in (this.state.rules[this.state.chosen] || {});
      const dot = make('circle', {
        class: `point spot ${has ? '' : 'uncovered'} ${chosen || used ? 'chosen' : ''}`,
        cx: x, cy: y, r: chosen || used ? r + 1.5 : r, fill: has ? schema.colors[k] : '#ffffff',
        stroke: has ? '#1f2328' : schema.colors[k],
      });
      dot.dataset.side = kind;
      dot.dataset.name = name;
      parts.push(dot);
      this.spots.push({ side: kind, name, k, x, y, dot, color: schema.colors[k] });
    });
    return parts;
  }

  rules(rules) {
    const of = (side) => new Map(this.spots.filter((s) => s.side === side).map((s) => [s.name, s]));
    const [sources, targets] = [of('source'), of('target')];
    const parts = [];
    for (const [target, weights] of Object.entries(rules)) {
      for (const [source, weight] of Object.entries(weights)) {
        const [a, b] = [sources.get(source), targets.get(target)];
        if (!a || !b) continue;
        const line = make('line', {
          class: 'rule', x1: a.x, y1: a.y, x2: b.x, y2: b.y, stroke: b.color,
          'stroke-width': (0.8 + 1.6 * Math.min(1, Math.abs(weight))).toFixed(2),
          'stroke-dasharray': weight < 0 ? '4 3' : 'none',
        });
        line.dataset.source = source;
        line.dataset.target = target;
        parts.push(line);
      }
    }
    return parts;
  }

  nearest(event) {
    const area = this.svg.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top];
    let best = null;
    let least = NEAR;
    for (const spot of this.spots) {
      const distance = Math.hypot(spot.x - x, spot.y - y);
      if (distance < least) [best, least] = [spot, distance];
    }
    return best;
  }

  // Shows the name of a point and its lines alone; without one, those of the chosen target.
  focus(side, name) {
    const { editing, chosen } = this.state || {};
    if (name === null && editing && chosen) [side, name] = ['target', chosen];
    this.svg.classList.toggle('focused', name !== null);
    for (const line of this.svg.querySelectorAll('.rule')) {
      line.classList.toggle('hot', name !== null && line.dataset[side] === name);
    }
    this.spots.forEach((s) => s.dot.classList.toggle('hot', s.side === side && s.name === name));
    const text = this.svg.querySelector('#spot-name');
    const spot = this.spots.find((s) => s.side === side && s.name === name);
    if (!text) return;
    text.setAttribute('visibility', spot ? 'visible' : 'hidden');
    if (!spot) return;
    text.textContent = `${spot.k} ${spot.name}`;
    const end = spot.x > this.svg.clientWidth / 2;
    text.setAttribute('text-anchor', end ? 'end' : 'start');
    text.setAttribute('x', Math.max(4, Math.min(this.svg.clientWidth - 4, spot.x + (end ? -9 : 9))));
    text.setAttribute('y', spot.y - 9);
  }
}
