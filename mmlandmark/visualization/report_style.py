"""Colours and style sheet of reports; every colour pair differs in lightness too."""

INK, MUTED, RULE, PAPER = '#1f2328', '#59636e', '#d8dee4', '#ffffff'
#: Of methods in figures, in their order: blue, orange, grey, green.
METHOD_COLORS = ('#0072b2', '#e69f00', '#6e7781', '#009e73')
#: From no error to the largest: lightness falls all the way.
ERROR_RAMP = ((255, 241, 214), (250, 190, 110), (213, 94, 0), (110, 30, 0))

STYLE = f"""
:root {{ color-scheme: light; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: #f6f8fa; color: {INK};
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }}
main {{ max-width: 1120px; margin: 0 auto; padding: 28px 24px 48px; }}
h1 {{ font-size: 26px; line-height: 1.25; margin: 0 0 6px; }}
h2 {{ font-size: 18px; margin: 34px 0 10px; }}
h3 {{ font-size: 14px; margin: 18px 0 8px; color: {MUTED}; font-weight: 600; }}
p {{ margin: 6px 0; max-width: 80ch; }}
h1, h2, h3, p, label, li, figcaption {{ overflow-wrap: anywhere; }}
td:first-child {{ overflow-wrap: break-word; }}
.verdict {{ font-size: 16px; }}
.card {{ background: {PAPER}; border: 1px solid {RULE}; border-radius: 8px; padding: 16px 18px;
  overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
th, td {{ padding: 7px 10px; text-align: left; border-bottom: 1px solid {RULE}; }}
tbody tr:last-child td {{ border-bottom: 0; }}
th {{ font-size: 12.5px; color: {MUTED}; font-weight: 600; vertical-align: bottom; }}
td.number, th.number {{ text-align: right; }}
td:first-child {{ white-space: nowrap; }}
td.best {{ font-weight: 700; }}
ul.notes {{ margin: 12px 0 0; padding-left: 20px; color: {MUTED}; font-size: 13.5px; }}
figure {{ margin: 0 0 14px; }}
figcaption {{ color: {MUTED}; font-size: 13.5px; margin-top: 4px; }}
img, svg {{ max-width: 100%; height: auto; display: block; }}
.row {{ display: flex; flex-wrap: wrap; gap: 18px; }}
.row > * {{ flex: 1 1 260px; min-width: 0; }}
.row.columns > * {{ flex: 0 1 auto; }}
.row.wide > * {{ flex: 0 1 500px; }}
svg .keypoint-number {{ display: none; }}
#keypoint-numbers:checked ~ * .keypoint-number {{ display: inline; }}
#keypoint-numbers {{ margin: 0 6px 10px 0; vertical-align: baseline; }}
h3.part {{ font-size: 15px; color: {INK}; }}
details {{ margin: 10px 0; }}
summary {{ cursor: pointer; margin-bottom: 8px; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; }}
dt {{ color: {MUTED}; }}
dd {{ margin: 0; overflow-wrap: anywhere; }}
code, pre {{ font: 13px/1.45 ui-monospace, Menlo, 'DejaVu Sans Mono', monospace; }}
pre {{ margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }}
@media (max-width: 700px) {{
  main {{ padding: 18px 10px 32px; }}
  .card {{ padding: 12px; }}
  td:first-child {{ white-space: normal; }}
  th, td {{ padding: 6px 7px; }}
  .case img {{ max-width: none; width: 640px; }}
  dl {{ grid-template-columns: 1fr; }}
  dd {{ margin-bottom: 6px; }}
}}
"""
