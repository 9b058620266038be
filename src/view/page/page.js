// Lets the page be searched, filtered and walked through. Everything that can be
// read is there without it; it makes no element of any text but its own.
'use strict';
(() => {
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const things = JSON.parse($('#data').textContent);
  for (const element of $$('[data-script]')) element.hidden = element.id === 'panel' || element.className === 'filtered';

  // The address: `#steps?kind=api&q=ord` is a part of the page, and a filter.
  const address = () => {
    const [part, query] = decodeURI(location.hash.slice(1)).split('?');
    return { part, query: new URLSearchParams(query || '') };
  };

  // Opens what an element is folded into, and goes there.
  const show = (element) => {
    if (!element) return;
    for (let up = element; up; up = up.parentElement) if (up.tagName === 'DETAILS') up.open = true;
    element.scrollIntoView();
    if (element.tabIndex >= 0 || element.hasAttribute('tabindex')) element.focus({ preventScroll: true });
  };

  // ---- Findings
  const findings = $$('#findings .finding');
  const filterFindings = (severity) => {
    for (const finding of findings) {
      finding.hidden = Boolean(severity) && finding.dataset.severity !== severity;
      if (severity && !finding.hidden) finding.open = true;
    }
    $('#findings .filtered').hidden = !severity;
  };

  // ---- The table: rows are taken out of the page, and only those that are looked
  // at stand in it, so that thousands of them cost nothing.
  const table = $('#table');
  const body = $('tbody', table);
  const place = table.closest('section').id;
  const form = $('#filters');
  const fields = [...form.elements].filter((field) => field.name);
  const words = (row) => $('.names', row).textContent.toLowerCase();
  const rows = $$('tr', body).map((element, no) => ({ element, no, name: words(element), kind: '', what: '', state: '', ...element.dataset }));
  const PAGE = 60;
  let shown = [];
  let limit = PAGE;
  let sort = { by: 'no', down: false };
  const compare = (a, b) => {
    const [x, y] = [a[sort.by], b[sort.by]];
    return (x < y ? -1 : x > y ? 1 : a.no - b.no) * (sort.down ? -1 : 1);
  };
  const fill = () => {
    body.replaceChildren(...shown.slice(0, limit).map((row) => row.element));
    const more = shown.length - limit;
    $('#more').parentElement.hidden = more <= 0;
    $('#more').textContent = `Show ${Math.min(PAGE, more)} more of ${more}`;
    $('#found').textContent = `${shown.length} of ${rows.length} ${table.dataset.noun}`;
  };
  const filter = () => {
    const wanted = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    const parts = wanted.q.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (row) => fields.every(({ name }) => name === 'q' || !wanted[name] || row[name] === wanted[name])
      && parts.every((part) => [row.name, row.kind.toLowerCase(), row.what].some((text) => text.includes(part)));
    shown = rows.filter(fits);
    if (sort.by !== 'no' || sort.down) shown.sort(compare);
    limit = PAGE;
    fill();
  };
  const remember = () => {
    const query = new URLSearchParams();
    for (const field of fields) if (field.value) query.set(field.name, field.value);
    if (sort.by !== 'no' || sort.down) query.set('sort', (sort.down ? '-' : '') + sort.by);
    const text = query.toString();
    history.replaceState(null, '', `#${place}${text && '?'}${text}`);
  };
  const recall = (query) => {
    for (const field of fields) {
      field.value = query.get(field.name) || '';
      if (field.selectedIndex === -1) field.selectedIndex = 0;
    }
    const by = query.get('sort') || 'no';
    const known = $$('#table th').map((th) => th.dataset.sort);
    sort = { by: known.includes(by.replace('-', '')) ? by.replace('-', '') : 'no', down: by.startsWith('-') };
    marks();
    filter();
  };
  const marks = () => {
    for (const th of $$('#table th')) {
      const way = sort.down ? 'descending' : 'ascending';
      if (th.dataset.sort === sort.by) th.setAttribute('aria-sort', way); else th.removeAttribute('aria-sort');
    }
  };
  for (const th of $$('#table th')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = th.textContent;
    button.addEventListener('click', () => {
      sort = { by: th.dataset.sort, down: sort.by === th.dataset.sort && !sort.down };
      marks(); filter(); remember();
    });
    th.replaceChildren(button);
  }
  form.addEventListener('input', () => { filter(); remember(); });
  form.addEventListener('submit', (event) => event.preventDefault());
  $('#more').addEventListener('click', () => {
    const next = shown[limit];
    limit += PAGE;
    fill();
    next?.element.focus();
  });
  addEventListener('beforeprint', () => { limit = Infinity; fill(); });
  addEventListener('afterprint', () => { limit = PAGE; fill(); });
  const showStep = (number) => {
    const row = rows[number - 1];
    if (!row) return;
    if (!shown.includes(row)) recall(new URLSearchParams());
    const at = shown.indexOf(row);
    if (at >= limit) { limit = at + 1; fill(); }
    const inner = $('details', row.element);
    if (inner) inner.open = true;
    show(row.element);
  };

  // ---- Diffs: n and p.
  const changes = $$('[data-change]');
  let change = -1;
  const jump = (by) => {
    const here = changes.indexOf(document.activeElement);
    change = ((here >= 0 ? here : change) + by + changes.length) % changes.length;
    show(changes[change]);
  };

  // ---- Graph
  const picture = $('.picture');
  const panel = $('#panel');
  const boxes = $$('.thing');
  const lines = $$('path.needs').map((element) => ({ element, from: +element.dataset.from, to: +element.dataset.to }));
  const needed = things.map(() => []);
  things.forEach((thing, i) => { for (const other of thing.needs) needed[other].push(i); });
  const spots = boxes.map((box) => ({ x: +box.dataset.x, y: +box.dataset.y }));
  let centre = -1;
  // How far everything is that leads on from a thing, in one direction.
  const reach = (start, next, most) => {
    const far = new Map([[start, 0]]);
    for (const [here, away] of far) if (away < most) for (const other of next(here)) if (!far.has(other)) far.set(other, away + 1);
    return far;
  };
  const draw = () => {
    const off = new Set($$('[data-of]').filter((box) => !box.checked).map((box) => box.dataset.of));
    const depth = $('#depth').value === 'all' ? Infinity : Number($('#depth').value);
    const lit = new Set();
    if (centre >= 0) {
      for (const far of [reach(centre, (i) => things[i].needs, depth), reach(centre, (i) => needed[i], depth)]) for (const i of far.keys()) lit.add(i);
    }
    // With a depth, only what is that near is there at all.
    const away = (i) => off.has(things[i].kind) || (centre >= 0 && depth !== Infinity && !lit.has(i));
    boxes.forEach((box, i) => {
      box.classList.toggle('away', away(i));
      box.classList.toggle('lit', lit.has(i));
      box.classList.toggle('centre', i === centre);
      box.setAttribute('aria-pressed', String(i === centre));
    });
    for (const line of lines) {
      line.element.classList.toggle('away', away(line.from) || away(line.to));
      line.element.classList.toggle('lit', lit.has(line.from) && lit.has(line.to));
    }
    picture.classList.toggle('dim', centre >= 0);
    picture.parentElement.classList.toggle('chosen', centre >= 0);
  };
  const choose = (i, focus) => {
    centre = i;
    panel.hidden = i < 0;
    if (i >= 0) {
      panel.replaceChildren(...[...$(`#about-${i + 1}`).childNodes].map((node) => node.cloneNode(true)));
    }
    draw();
    if (i >= 0 && focus) rove(i);
  };
  const rove = (i) => {
    boxes.forEach((box, at) => { box.tabIndex = at === i ? 0 : -1; });
    boxes[i].focus();
    boxes[i].scrollIntoView({ block: 'nearest', inline: 'center' });
  };
  // The nearest box in a direction: sideways counts three times as far.
  const beside = (from, dx, dy) => {
    let best = -1;
    let least = Infinity;
    spots.forEach((at, i) => {
      if (i === from || boxes[i].classList.contains('away')) return;
      const ahead = (at.x - spots[from].x) * dx + (at.y - spots[from].y) * dy;
      const aside = Math.abs((at.x - spots[from].x) * dy) + Math.abs((at.y - spots[from].y) * dx);
      if (ahead > 0 && ahead + 3 * aside < least) { least = ahead + 3 * aside; best = i; }
    });
    return best;
  };
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (picture) {
    boxes.forEach((box, i) => {
      box.setAttribute('role', 'button');
      box.tabIndex = i === 0 ? 0 : -1;
    });
    picture.addEventListener('click', (event) => {
      const box = event.target.closest('.thing');
      choose(box ? Number(box.dataset.thing) : -1, Boolean(box));
    });
    picture.addEventListener('keydown', (event) => {
      const box = event.target.closest('.thing');
      if (!box) return;
      const i = Number(box.dataset.thing);
      if (ARROWS[event.key]) {
        const next = beside(i, ...ARROWS[event.key]);
        if (next >= 0) rove(next);
      } else if (event.key === 'Enter' || event.key === ' ') choose(i === centre ? -1 : i, true);
      else if (event.key === 'Escape') choose(-1);
      else return;
      event.preventDefault();
    });
    // Names in the panel lead to their boxes.
    panel.addEventListener('click', (event) => {
      const link = event.target.closest('[data-thing]');
      if (!link) return;
      event.preventDefault();
      choose(Number(link.dataset.thing), true);
    });
    for (const control of $$('#depth, [data-of]')) control.addEventListener('change', draw);
    $('#all-things').addEventListener('click', () => {
      $('#depth').value = 'all';
      for (const box of $$('[data-of]')) box.checked = true;
      choose(-1);
    });
    draw();
  } else {
    for (const element of $$('#graph .controls')) element.hidden = true;
  }

  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return;
    if (event.key === 'n' && changes.length) jump(1);
    else if (event.key === 'p' && changes.length) jump(-1);
  });

  const go = () => {
    const { part, query } = address();
    const step = /^step-(\d+)$/.exec(part);
    if (step) return showStep(Number(step[1]));
    if (part === place) recall(query);
    if (part === 'findings') filterFindings(query.get('severity'));
    // A line of a document that is too long to stand here leads to its place.
    if (part) show($(`#${CSS.escape(part)}-title`) || document.getElementById(part) || document.getElementById(part.replace(/-\d+$/, '')));
  };
  addEventListener('hashchange', go);
  // A link to where one is already is followed all the same.
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && !event.defaultPrevented && link.hash === location.hash) go();
  });
  filter();
  marks();
  if (location.hash.length > 1) go();
})();
