//! The page of a plan in a browser, as people read it.

use std::path::Path;

use serde_json::json;

use crate::common::Env;
use crate::common::browser::Browser;
use crate::common::migration::{CLEAN, Migration};

/// Texts whose contrast with what is behind them is less than 4.5, or 3 where
/// they are large, and controls that nothing names.
const FAULTS: &str = r"
(() => {
  const parse = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let up = element; up; up = up.parentElement) {
      const box = up.matches?.('g.thing') ? up.querySelector('.box') : null;
      const colour = parse(box ? getComputedStyle(box).fill : getComputedStyle(up).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const faults = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || /SCRIPT|STYLE|TITLE/i.test(element.tagName) || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(element.closest('svg') ? style.fill : style.color)), light(behind(element))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 600) ? 3 : 4.5;
    if ((a + 0.05) / (b + 0.05) < least) faults.push(`${element.tagName}.${element.className.baseVal ?? element.className}: ${node.textContent.trim().slice(0, 40)}`);
  }
  for (const control of document.querySelectorAll('input, select, button, a, [role=button], summary')) {
    const name = (control.labels?.[0] ?? control).textContent.trim() || control.getAttribute('aria-label');
    if (!name) faults.push(`no name: ${control.outerHTML.slice(0, 80)}`);
  }
  return faults;
})()";

/// Whether the page is wider than the window.
const SIDEWAYS: &str = "document.documentElement.scrollWidth > innerWidth";

impl Browser {
    /// Opens a page, and all that is folded in it, in a window of a size.
    fn reads_well(&mut self, page: &Path, width: usize, dark: bool) {
        self.looks(width, dark);
        self.go(page);
        assert_eq!(self.says(SIDEWAYS), json!(false), "{width}");
        self.says("document.querySelectorAll('details').forEach((d) => { d.open = true; })");
        assert_eq!(self.says(SIDEWAYS), json!(false), "{width}, all open");
        assert_eq!(self.says(FAULTS), json!([]), "{width}, dark: {dark}");
    }
}

#[test]
fn a_page_can_be_read_at_any_size_in_light_and_dark() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    m.apply(&[]).exits(0);
    let page = ["show", "p", "--format", "html", "--out", "page.html"];
    m.env.run(&page).exits(0);
    let Some(mut browser) = Browser::open(&m.env.path("profile")) else {
        return;
    };
    for (width, dark) in [(1280, false), (1280, true), (360, false), (360, true)] {
        browser.reads_well(&m.env.path("page.html"), width, dark);
    }
    assert_eq!(browser.trouble, Vec::<String>::new());
}

#[test]
fn the_page_of_a_real_service_is_read_and_searched_as_well() {
    let seed = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/seeds/demo-environment.json"
    );
    if !Path::new(seed).exists() {
        println!("skipped: ../shared is absent");
        return;
    }
    let env = Env::new();
    env.run(&[
        "plan",
        "--from",
        seed,
        "--workspace",
        "team",
        "--all",
        "-o",
        "p",
    ])
    .exits(3);
    let page = ["show", "p", "--format", "html", "--out", "page.html"];
    env.run(&page).exits(0);
    let Some(mut browser) = Browser::open(&env.path("profile")) else {
        return;
    };
    for (width, dark) in [(360, true), (1280, false)] {
        browser.reads_well(&env.path("page.html"), width, dark);
    }
    let steps = browser.says("document.querySelectorAll('#table tbody tr').length");
    browser.says("location.hash = '#steps?q=petstore'");
    let fewer = "document.querySelectorAll('#table tbody tr').length < ";
    browser.comes_to(&format!("{fewer}{steps}"), &json!(true));
    assert_eq!(browser.says(&format!("{fewer}1")), json!(false));
    browser.says("document.querySelector('#graph-title').focus()");
    browser.tab_to(".thing");
    browser.press("Enter");
    let lit = "document.querySelectorAll('.thing.lit').length";
    assert!(browser.says(lit).as_u64() > Some(0));
    assert_eq!(browser.trouble, Vec::<String>::new());
}

#[test]
fn a_page_can_be_walked_through_with_keys_alone() {
    let m = Migration::contoso(&[]);
    m.plan(&["customers-*", "orders-v1", "invoices"], &[])
        .exits(0);
    let page = ["show", "p", "--format", "html", "--out", "page.html"];
    m.env.run(&page).exits(0);
    let Some(mut browser) = Browser::open(&m.env.path("profile")) else {
        return;
    };
    browser.looks(1280, false);
    browser.go(&m.env.path("page.html"));

    // From change to change, and back.
    browser.press("n");
    let line = "document.activeElement.closest('.diff').id + document.activeElement.innerText";
    let first = browser.says(line);
    browser.press("n");
    assert_ne!(browser.says(line), first);
    browser.press("p");
    assert_eq!(browser.says(line), first);

    // A finding leads to the line that it means, before and after.
    let quoted = "document.querySelector('.quote a')";
    browser.says(&format!("{quoted}.closest('details').open = true"));
    let number = browser.says(&format!(
        "{quoted}.closest('.quote').querySelector('.no').innerText"
    ));
    browser.says(&format!("{quoted}.focus()"));
    browser.press("Enter");
    let there = "document.activeElement.querySelector('.no')?.innerText";
    browser.comes_to(there, &number);

    // A thing in the graph, and why it is there.
    browser.says("document.querySelector('#graph-title').focus()");
    browser.tab_to(".thing");
    let thing = "document.activeElement.dataset.thing";
    let start = browser.says(thing);
    browser.press("ArrowDown");
    assert_ne!(browser.says(thing), start);
    browser.press("Enter");
    let lit = "document.querySelectorAll('.thing.lit').length";
    assert!(browser.says(lit).as_u64() > Some(0));
    assert_eq!(
        browser.says("document.querySelector('#panel').hidden"),
        json!(false)
    );
    // What was not selected tells the way that led to it.
    for _ in 0..30 {
        if browser.says("document.querySelector('#panel .why') !== null") == json!(true) {
            break;
        }
        browser.press("ArrowRight");
        browser.press("Enter");
    }
    let way = "document.querySelectorAll('#panel .why li').length";
    assert!(browser.says(way).as_u64() > Some(1));
    browser.press("Escape");
    assert_eq!(browser.says(lit), json!(0));

    // A search, which the address remembers.
    browser.tab_to("#filters input");
    for key in ["o", "r", "d"] {
        browser.press(key);
    }
    let names = "[...document.querySelectorAll('#table tbody tr')].every((row) => row.innerText.toLowerCase().includes('ord'))";
    assert_eq!(browser.says(names), json!(true));
    assert_eq!(browser.says("location.hash"), json!("#steps?q=ord"));
    browser.tab_to("#table th button");
    browser.press("Enter");
    let sorted = "document.querySelector('#table th').getAttribute('aria-sort')";
    assert_eq!(browser.says(sorted), json!("descending"));

    // The other way round: an address says what is shown.
    browser.says("location.hash = '#steps?kind=namedValue&q=erp&sort=-no'");
    let kind = "document.querySelector('#filters [name=kind]').value";
    browser.comes_to(kind, &json!("namedValue"));
    let rows = "[...document.querySelectorAll('#table tbody tr')].map((row) => [row.dataset.kind, row.innerText.includes('erp'), +row.id.split('-')[1]])";
    let shown = browser.says(rows);
    let shown = shown.as_array().unwrap();
    assert!(shown.len() > 1, "{shown:?}");
    assert!(shown.is_sorted_by_key(|row| -row[2].as_i64().unwrap()));
    for row in shown {
        assert_eq!((&row[0], &row[1]), (&json!("namedValue"), &json!(true)));
    }
    assert_eq!(browser.trouble, Vec::<String>::new());
}

#[test]
fn a_search_in_two_thousand_steps_is_done_at_once() {
    let mut resources = Vec::new();
    for api in 0..25 {
        let path = format!("/apis/api{api}");
        resources.push(json!({"path": path, "properties": {"displayName": format!("API {api}"), "path": format!("p{api}"), "protocols": ["https"]}}));
        for operation in 0..90 {
            resources.push(json!({"path": format!("{path}/operations/op{operation}"), "properties": {"displayName": format!("Operation {operation}"), "method": "GET", "urlTemplate": format!("/{operation}")}}));
        }
    }
    let env = Env::new();
    let snapshot = json!({"service": {"subscriptionId": "00000000-0000-0000-0000-000000000001", "resourceGroup": "rg", "name": "big", "sku": "Premium", "location": "westeurope"}, "resources": resources});
    env.write("big.json", &snapshot.to_string());
    let plan = [
        "plan",
        "--from",
        "big.json",
        "--workspace",
        "w",
        "--all",
        "-o",
        "p",
    ];
    env.run(&plan);
    let page = ["show", "p", "--format", "html", "--out", "page.html"];
    env.run(&page).exits(0);
    let Some(mut browser) = Browser::open(&env.path("profile")) else {
        return;
    };
    browser.looks(1280, false);
    browser.go(&env.path("page.html"));
    // The best of some: what else the machine does is none of the page's.
    let took = browser.says(
        "(() => { const field = document.querySelector('#filters input'); let least = Infinity;
          for (const text of ['o', 'op7', 'api1 op', 'nothing', 'op89']) {
            const began = performance.now(); field.value = text;
            field.dispatchEvent(new Event('input', { bubbles: true }));
            document.body.offsetHeight; least = Math.min(least, performance.now() - began);
          } return least; })()",
    );
    assert!(took.as_f64().unwrap() < 50.0, "{took} ms");
    let found = browser.says("document.querySelector('#found').textContent");
    assert_eq!(found, json!("25 of 2275 steps"));
    assert_eq!(browser.trouble, Vec::<String>::new());
}

#[test]
fn an_assessment_is_a_page_that_can_be_filtered_by_workspace() {
    let m = Migration::contoso(&[]);
    let page = ["assess", "--format", "html", "--out", "page.html"];
    m.env.run(&page).exits(0).says("wrote page.html");
    let Some(mut browser) = Browser::open(&m.env.path("profile")) else {
        return;
    };
    for (width, dark) in [(1280, false), (360, true)] {
        browser.reads_well(&m.env.path("page.html"), width, dark);
    }
    let first = "document.querySelector('#workspaces h3 a')";
    let name = browser.says(&format!("{first}.textContent"));
    browser.says(&format!("{first}.focus()"));
    browser.press("Enter");
    let rows = "[...new Set([...document.querySelectorAll('#table tbody tr')].map((row) => row.dataset.workspace))]";
    browser.comes_to(rows, &json!([name]));
    browser.says("document.querySelector('#graph-title').focus()");
    browser.tab_to(".thing");
    browser.press("Enter");
    let shared = "document.querySelectorAll('#panel li').length";
    assert!(browser.says(shared).as_u64() > Some(0));
    assert_eq!(browser.trouble, Vec::<String>::new());
}
