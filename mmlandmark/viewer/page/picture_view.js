// The picture with its layers of points. Symbols keep their size on the screen at any zoom.
import { make, mark } from './marks.js';

const LAYERS = ['source', 'truth', 'converted'];
const NEAR = 14; // screen pixels within which the pointer means a point

export class PictureView {
  constructor(parts, onHover) {
    Object.assign(this, parts); // stage, picture, overlay, tip, blank
    this.onHover = onHover;
    this.shown = { source: true, converted: true, truth: true, differences: true, links: true };
    this.labels = 'none';
    this.places = [];
    this.data = null;
    this.size = [1, 1];
    this.closeTo = 0;
    this.near = false;
    this.fitted = true;
    this.listen();
  }

  // Shows a picture with its points; the zoom is kept while it is the same picture.
  show(data, schemas) {
    const other = !this.data || this.data.index !== data.index;
    this.data = data;
    this.schemas = schemas; // of source, converted and truth
    this.blank.textContent = data.problem || '';
    this.blank.hidden = !data.problem;
    if (other) {
      this.size = data.size || this.extent();
      this.missing = false;
      this.picture.hidden = true;
      this.picture.src = `/api/picture/${data.index}`;
      if (this.near) this.closer(0);
      else this.fit();
    } else {
      this.draw();
    }
  }

  clear() {
    this.data = null;
    this.places = [];
    this.picture.hidden = true;
    this.picture.removeAttribute('src');
    this.blank.hidden = true;
    this.overlay.replaceChildren();
  }

  // Why the picture is not there, where its header has told nothing.
  async explain() {
    const { data } = this;
    if (!data || data.problem) return;
    let reason = 'this browser cannot show the picture';
    try {
      const answer = await fetch(`/api/picture/${data.index}`);
      if (!answer.ok) reason = (await answer.json()).error;
    } catch (error) {
      reason = error.message;
    }
    if (data !== this.data) return;
    this.blank.textContent = reason;
    this.blank.hidden = false;
  }

  extent() {
    const all = this.layers().flatMap((layer) => layer.instances.flat()).filter((p) => p[2] > 0);
    const largest = (axis) => Math.max(1, ...all.map((p) => p[axis])) * 1.1;
    return [largest(0), largest(1)];
  }

  layers() {
    const { instances, truth } = this.data;
    const found = [{
      kind: 'source',
      schema: this.schemas.source,
      instances: instances.map((i) => i.source.points),
      inferred: instances.map(() => new Set()),
    }];
    if (truth) {
      found.push({
        kind: 'truth',
        schema: this.schemas.truth,
        instances: truth.instances.map((i) => i.points),
        inferred: truth.instances.map(() => new Set()),
      });
    }
    if (this.schemas.converted && instances.some((i) => i.converted)) {
      found.push({
        kind: 'converted',
        schema: this.schemas.converted,
        instances: instances.map((i) => i.converted.points),
        inferred: instances.map((i) => new Set(i.converted.inferred)),
      });
    }
    return found.sort((a, b) => LAYERS.indexOf(a.kind) - LAYERS.indexOf(b.kind));
  }

  fit() {
    this.near = false;
    this.fitTo([0, 0, ...this.size], 0);
    this.fitted = true;
  }

  // Fits the next instance, with room around it; the pictures that follow open as near.
  closer(which = this.near ? this.closeTo + 1 : 0) {
    const boxes = this.data ? this.data.instances.map((i) => boundsOf(i, this.truthOf(i))).filter(Boolean) : [];
    this.near = true;
    this.fitted = false;
    this.closeTo = boxes.length ? which % boxes.length : 0;
    this.fitTo(boxes.length ? boxes[this.closeTo] : [0, 0, ...this.size], boxes.length ? 0.12 : 0);
  }

  truthOf({ truth }) {
    return this.data.truth ? this.data.truth.instances.find((i) => i.id === truth) : undefined;
  }

  fitTo([x0, y0, x1, y1], room) {
    const { clientWidth: width, clientHeight: height } = this.stage;
    const w = Math.max(x1 - x0, 2) * (1 + 2 * room);
    const h = Math.max(y1 - y0, 2) * (1 + 2 * room);
    this.scale = Math.max(0.01, Math.min(width / w, height / h, 40));
    this.left = width / 2 - (this.scale * (x0 + x1)) / 2;
    this.top = height / 2 - (this.scale * (y0 + y1)) / 2;
    this.draw();
  }

  zoom(factor, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    const scale = Math.min(80, Math.max(0.01, this.scale * factor));
    this.left = x - ((x - this.left) * scale) / this.scale;
    this.top = y - ((y - this.top) * scale) / this.scale;
    this.scale = scale;
    this.fitted = false;
    this.draw();
  }

  // Centres of pixels are at whole numbers, so the corner of the picture is at -0.5.
  place([x, y]) {
    return [(x + 0.5) * this.scale + this.left, (y + 0.5) * this.scale + this.top];
  }

  draw() {
    if (!this.data) return;
    const { picture, overlay } = this;
    // a picture that is not of the stated size is still drawn where its own pixels are
    picture.style.width = `${this.size[0]}px`;
    picture.style.height = `${this.size[1]}px`;
    picture.style.transform = `translate(${this.left}px, ${this.top}px) scale(${this.scale})`;
    picture.style.imageRendering = this.scale > 4 ? 'pixelated' : 'auto';
    const parts = [];
    if (this.missing || !this.data.size) {
      const [x, y] = [this.left, this.top];
      const [width, height] = this.size.map((side) => side * this.scale);
      parts.push(make('rect', { class: 'blank', x, y, width, height }));
    }
    this.places = [];
    const layers = this.layers().filter((layer) => this.shown[layer.kind]);
    if (this.shown.links) layers.forEach((layer) => parts.push(...this.links(layer)));
    if (this.shown.differences) parts.push(...this.differences());
    layers.forEach((layer) => parts.push(...this.points(layer)));
    parts.push(...this.texts());
    overlay.replaceChildren(...parts);
  }

  links({ schema, instances }) {
    const parts = [];
    for (const points of instances) {
      schema.links.forEach(([a, b], i) => {
        if (points[a][2] <= 0 || points[b][2] <= 0) return;
        const [x1, y1] = this.place(points[a]);
        const [x2, y2] = this.place(points[b]);
        const ends = { x1, y1, x2, y2 };
        parts.push(make('line', { ...ends, class: 'link-halo', 'stroke-width': 3 }));
        parts.push(make('line', { ...ends, class: 'link', stroke: schema.linkColors[i], 'stroke-width': 1.5 }));
      });
    }
    return parts;
  }

  // Lines from what is measured to the true point of the same name.
  differences() {
    const { instances, truth } = this.data;
    const measured = this.schemas.converted || this.schemas.source;
    if (!truth) return [];
    const of = new Map(measured.keypoints.map((name, i) => [name, i]));
    const columns = this.schemas.truth.keypoints.map((name) => of.get(name));
    if (columns.some((column) => column === undefined)) return [];
    const parts = [];
    for (const instance of instances) {
      const other = this.truthOf(instance);
      const points = (instance.converted || (this.schemas.converted ? null : instance.source))?.points;
      if (!other || !points) continue;
      columns.forEach((column, k) => {
        if (points[column][2] <= 0 || other.points[k][2] <= 0) return;
        const [x1, y1] = this.place(points[column]);
        const [x2, y2] = this.place(other.points[k]);
        parts.push(make('line', { x1, y1, x2, y2, class: 'halo', 'stroke-width': 3.6 }));
        parts.push(make('line', { x1, y1, x2, y2, class: 'difference' }));
      });
    }
    return parts;
  }

  points({ kind, schema, instances, inferred }) {
    const parts = [];
    instances.forEach((points, n) => {
      const r = this.radius(points);
      points.forEach((point, k) => {
        if (point[2] <= 0) return;
        const [x, y] = this.place(point);
        const group = mark(kind, r, schema.colors[k], point[2] < 2 || inferred[n].has(k));
        group.setAttribute('transform', `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
        group.dataset.name = schema.keypoints[k];
        parts.push(group);
        this.places.push({ x, y, r, kind, n, k, group, name: schema.keypoints[k], color: schema.colors[k] });
      });
    });
    return parts;
  }

  // So small that neighbours stay apart, never too small to be seen.
  radius(points) {
    const given = points.filter((p) => p[2] > 0);
    if (!given.length) return 4;
    const spread = (axis) => Math.max(...given.map((p) => p[axis])) - Math.min(...given.map((p) => p[axis]));
    const extent = Math.hypot(spread(0), spread(1)) * this.scale;
    return Math.min(6.5, Math.max(2.4, extent / (13 * Math.sqrt(given.length))));
  }

  // Labels that would cover another one are left out until there is room.
  texts() {
    if (this.labels === 'none') return [];
    const taken = [];
    const parts = [];
    for (const { x, y, r, k, name } of this.places) {
      const text = this.labels === 'names' ? name : String(k);
      const box = [x + r + 2, y - r - 12, x + r + 4 + 7 * text.length, y - r + 2];
      if (taken.some((t) => box[0] < t[2] && t[0] < box[2] && box[1] < t[3] && t[1] < box[3])) continue;
      taken.push(box);
      parts.push(make('text', { class: 'label', x: x + r + 2, y: y - r }, text));
    }
    return parts;
  }

  // Marks the points of a name, as the mapping beside it does.
  highlight(kind, name) {
    for (const place of this.places) {
      place.group.classList.toggle('hot', name !== null && place.kind === kind && place.name === name);
    }
  }

  hover(event) {
    const area = this.stage.getBoundingClientRect();
    const [x, y] = [event.clientX - area.left, event.clientY - area.top];
    let best = null;
    let least = NEAR;
    for (const place of this.places) {
      const distance = Math.hypot(place.x - x, place.y - y);
      if (distance <= least) [best, least] = [place, distance];
    }
    this.places.forEach((place) => place.group.classList.toggle('hot', place === best));
    this.tip.hidden = !best;
    if (best) {
      this.tip.textContent = this.describe(best);
      const room = this.stage.clientWidth - this.tip.offsetWidth - 6;
      this.tip.style.left = `${Math.max(6, Math.min(best.x + 12, room))}px`;
      this.tip.style.top = `${Math.max(4, best.y > 50 ? best.y - 38 : best.y + 16)}px`;
    }
    this.onHover(best);
  }

  describe({ kind, n, k, name }) {
    const points = kind === 'truth' ? this.data.truth.instances[n].points : this.data.instances[n][kind].points;
    const [x, y, v] = points[k];
    const parts = [`${kind} ${k} ${name}`, `(${x.toFixed(1)}, ${y.toFixed(1)})`];
    const instance = kind === 'converted' ? this.data.instances[n].converted : null;
    if (instance && instance.inferred.includes(k)) parts.push('inferred');
    else if (v < 2) parts.push('hidden');
    if (instance && instance.sigma) parts.push(`± ${instance.sigma[k].toFixed(1)} px`);
    const measured = kind === (this.schemas.converted ? 'converted' : 'source');
    const distance = measured && this.data.instances[n].distances ? this.data.instances[n].distances[k] : null;
    if (distance !== null && distance !== undefined) parts.push(`error ${this.format(distance)}`);
    return parts.join(' · ');
  }

  listen() {
    const { stage, picture } = this;
    let drag = null;
    picture.addEventListener('load', () => { picture.hidden = false; this.draw(); });
    picture.addEventListener('error', () => { this.missing = true; this.draw(); this.explain(); });
    stage.addEventListener('wheel', (event) => {
      event.preventDefault();
      const area = stage.getBoundingClientRect();
      this.zoom(Math.exp(-event.deltaY / 400), event.clientX - area.left, event.clientY - area.top);
    }, { passive: false });
    stage.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return; // a menu may keep the release of other buttons
      drag = [event.clientX - this.left, event.clientY - this.top];
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener('pointerup', () => { drag = null; });
    stage.addEventListener('pointercancel', () => { drag = null; });
    stage.addEventListener('pointerleave', () => { this.tip.hidden = true; this.onHover(null); });
    stage.addEventListener('pointermove', (event) => {
      if (!drag) { this.hover(event); return; }
      [this.left, this.top] = [event.clientX - drag[0], event.clientY - drag[1]];
      this.fitted = false;
      this.draw();
    });
    new ResizeObserver(() => { if (!this.data) return; if (this.fitted) this.fit(); else if (this.near) this.closer(this.closeTo); else this.draw(); }).observe(stage);
  }
}

function boundsOf({ box, source, converted }, truth) {
  const layers = [source, converted, truth].filter(Boolean);
  const points = layers.flatMap((layer) => layer.points).filter((p) => p[2] > 0);
  const xs = points.map((p) => p[0]);
  const ys = points.map((p) => p[1]);
  if (box.every((side) => side !== null)) { xs.push(box[0], box[2]); ys.push(box[1], box[3]); }
  return xs.length ? [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] : null;
}
