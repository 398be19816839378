// Symbols of points: the colour tells the side, the shape tells what the point is.

const SPACE = 'http://www.w3.org/2000/svg';

export function make(tag, attributes = {}, text = null) {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== null) element.textContent = text;
  return element;
}

export function outline(kind, r) {
  if (kind === 'converted') return `M0 ${-1.25 * r}L${1.25 * r} 0L0 ${1.25 * r}L${-1.25 * r} 0Z`;
  if (kind === 'truth') return `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}`;
  return `M${-r} 0A${r} ${r} 0 1 0 ${r} 0A${r} ${r} 0 1 0 ${-r} 0Z`;
}

// A symbol with a dark halo, so that it is seen on any ground.
export function mark(kind, r, color, hollow) {
  const group = make('g', { class: `point ${kind}` });
  const shape = outline(kind, r);
  const open = kind === 'truth';
  const width = open ? Math.max(1.8, 0.42 * r) : Math.max(1.2, 0.38 * r);
  group.append(make('path', { class: 'halo', d: shape, 'stroke-width': width + (open ? 1.8 : 2) }));
  group.append(make('path', {
    class: 'mark',
    d: shape,
    fill: open || hollow ? 'none' : color,
    stroke: open || hollow ? color : '#ffffff',
    'stroke-width': open || hollow ? width : Math.max(0.8, 0.2 * r),
    'stroke-dasharray': open && hollow ? '2 2' : 'none',
    'stroke-linejoin': 'round',
    'stroke-linecap': open && hollow ? 'butt' : 'round',
  }));
  return group;
}

// The symbols of the buttons that show and hide layers.
export function legend(svg, layer) {
  if (layer === 'links') {
    svg.append(make('path', { d: 'M-6 5L6 -5', stroke: '#0072b2', 'stroke-width': 2.5 }));
  } else if (layer === 'differences') {
    svg.append(make('path', { d: 'M-6 5L6 -5', class: 'halo', 'stroke-width': 5 }));
    svg.append(make('path', { d: 'M-6 5L6 -5', class: 'difference', 'stroke-width': 2 }));
  } else {
    svg.append(mark(layer, 4.6, '#0072b2', false));
  }
}
