// A mapping that is being edited: rules whose weights always sum to 1, with undo.

export class Draft {
  constructor(source, target, { name, description = '', rules = {} }) {
    Object.assign(this, { source, target, name, description });
    this.rules = structuredClone(rules);
    this.past = [];
    this.chosen = target.keypoints.find((k) => !(k in this.rules)) || target.keypoints[0];
    this.sided = [source, target].every(({ partners }) => partners.some((other, k) => other !== k));
    this.mirror = this.sided; // without sides the partner of a point is that point
  }

  get dirty() { return this.past.length > 0; }

  // As the server takes it.
  get content() {
    const { name, description, rules } = this;
    return { target: this.target.name, rules, name, description };
  }

  weights(target = this.chosen) { return this.rules[target] || {}; }

  // Adds a source to the chosen point or takes it away; the sources then weigh alike.
  toggle(source) {
    const names = Object.keys(this.weights());
    const kept = names.includes(source) ? names.filter((n) => n !== source) : [...names, source];
    this.change(Object.fromEntries(kept.map((n) => [n, 1 / kept.length])));
  }

  // Gives one source a weight; the others share the rest as before.
  weigh(source, weight) {
    const others = Object.entries(this.weights()).filter(([name]) => name !== source);
    if (!others.length || !Number.isFinite(weight)) return;
    const sum = others.reduce((total, [, w]) => total + w, 0);
    const rest = 1 - weight;
    const scaled = others.map(([n, w]) => [n, Math.abs(sum) > 1e-9 ? (w * rest) / sum : rest / others.length]);
    const all = { ...Object.fromEntries(scaled), [source]: weight };
    const order = Object.keys(this.weights()).filter((n) => all[n] !== 0 || n === source);
    this.change(Object.fromEntries(order.map((n) => [n, all[n]])));
  }

  clear() { this.change({}); }

  change(weights) {
    this.past.push(structuredClone(this.rules));
    this.set(this.chosen, weights);
    if (!this.mirror) return;
    const partner = mirrored(this.target, this.chosen);
    if (partner === this.chosen) return;
    this.set(partner, Object.fromEntries(Object.entries(weights).map(([n, w]) => [mirrored(this.source, n), w])));
  }

  set(target, weights) {
    if (Object.keys(weights).length) this.rules[target] = weights;
    else delete this.rules[target];
  }

  undo() { if (this.past.length) this.rules = this.past.pop(); }
}

function mirrored(schema, name) {
  return schema.keypoints[schema.partners[schema.keypoints.indexOf(name)]];
}
