// How the page of the interface looks, and its search.
#pragma once

#include <string_view>

namespace rollcall::api {

inline constexpr std::string_view docs_style = R"css(
:root { color-scheme: light dark; --paper: #fbfaf8; --ink: #22201d; --soft: #6b665f; --line: #e3dfd8; --panel: #f3f0ea;
  --accent: #8a3b12; --get: #1d6b52; --post: #8a3b12; --code: #2b2824; --code-ink: #f1ece4; }
@media (prefers-color-scheme: dark) { :root { --paper: #191817; --ink: #e8e4dd; --soft: #a29b91; --line: #35322e;
  --panel: #232120; --accent: #f0a076; --get: #7fd0b2; --post: #f0a076; --code: #100f0e; --code-ink: #e8e4dd; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1.5rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif;
  display: grid; grid-template-columns: 18.5rem minmax(0, 1fr); }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em; }
code, pre, .path, .method { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .875em; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.5rem 1.25rem 3rem; border-right: 1px solid var(--line);
  background: var(--panel); }
nav .home { display: block; margin-bottom: 1rem; font-size: 1.2rem; font-weight: 650; color: var(--ink); text-decoration: none; }
nav h2 { margin: 1.5rem 0 .3rem; font-size: .75rem; letter-spacing: .08em; text-transform: uppercase; color: var(--soft); }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: block; padding: .16rem .5rem; margin: 0 -.5rem; border-radius: .3rem; color: var(--ink); text-decoration: none;
  font-size: .92rem; overflow-wrap: anywhere; }
nav li a:hover, nav li a:focus-visible { background: var(--line); }
input { width: 100%; padding: .5rem .7rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--paper);
  color: var(--ink); font: inherit; }
input:focus-visible, a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
main { width: 100%; max-width: 62rem; padding: 2.5rem 3rem 6rem; }
h1 { margin: 0; font-size: 2.1rem; line-height: 1.15; letter-spacing: -.02em; }
h1 small { font-size: 1rem; font-weight: 400; letter-spacing: 0; color: var(--soft); }
.lead { font-size: 1.15rem; color: var(--soft); margin: .5rem 0 1.5rem; }
section > h2 { margin: 3.5rem 0 0; font-size: 1.5rem; letter-spacing: -.01em; }
section > h2::first-letter, nav h2::first-letter { text-transform: uppercase; }
section > p { margin: .2rem 0 0; color: var(--soft); }
article { padding: 1.75rem 0; border-bottom: 1px solid var(--line); }
article > h3 { margin: 0; font-size: 1.15rem; }
article > h3 a { color: inherit; text-decoration: none; }
article > h3 a:hover::after { content: " #"; color: var(--soft); }
.path { margin: .35rem 0 .6rem; overflow-wrap: anywhere; }
.method { font-weight: 700; margin-right: .5em; color: var(--post); }
.GET { color: var(--get); }
article p { margin: .4rem 0; max-width: 46rem; }
.who { color: var(--soft); font-size: .93rem; }
h4 { margin: 1.2rem 0 .35rem; font-size: .8rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); }
h4 code { text-transform: none; letter-spacing: 0; }
table { width: 100%; border-collapse: collapse; font-size: .93rem; }
tr { border-top: 1px solid var(--line); }
th, td { padding: .42rem .9rem .42rem 0; text-align: left; vertical-align: top; font-weight: 400; }
th { width: 15rem; overflow-wrap: anywhere; }
th b { color: var(--accent); font-weight: 400; }
th small, td small { color: var(--soft); }
td small { display: block; overflow-wrap: anywhere; }
td.type { width: 17rem; overflow-wrap: anywhere; }
.words code { white-space: nowrap; }
td details { display: inline; }
.errors th { width: 5rem; }
.errors code { display: inline-block; margin: 0 .25rem .25rem 0; padding: .05rem .45rem; border-radius: .8rem; background: var(--panel); }
details { margin-top: .5rem; }
summary { cursor: pointer; color: var(--soft); font-size: .93rem; }
pre { margin: .4rem 0 0; padding: .9rem 1.1rem; border-radius: .5rem; background: var(--code); color: var(--code-ink); overflow-x: auto;
  line-height: 1.45; }
[hidden] { display: none !important; }
@media (max-width: 52rem) {
  body { display: block; }
  nav { height: auto; max-height: 85vh; z-index: 1; border: 0; border-bottom: 1px solid var(--line); padding: .6rem 1.1rem; }
  nav .home, nav div { display: none; }
  nav:focus-within div { display: block; }
  main { padding: 1.5rem 1.1rem 4rem; }
  html { scroll-padding-top: 4.5rem; }
  table, tbody { display: block; }
  tr { display: block; padding: .45rem 0; }
  th, td, td.type, .errors th { display: block; width: auto; padding: .05rem 0; }
}
@media print { nav, .search { display: none; } body { display: block; } details::details-content { content-visibility: visible; } }
)css";

// Leaves of the page what has all the words that are looked for.
inline constexpr std::string_view docs_script = R"js(
const box = document.querySelector('input'), shown = [...document.querySelectorAll('[data-words]')];
const search = () => {
  const words = box.value.toLowerCase().split(/\s+/);
  for (const one of shown) one.hidden = !words.every((word) => one.dataset.words.includes(word));
  for (const group of document.querySelectorAll('section, nav div > div'))
    group.hidden = box.value !== '' && !group.querySelector('[data-words]:not([hidden])');
};
box.addEventListener('input', search);
addEventListener('hashchange', () => document.activeElement.blur());
addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== box) { event.preventDefault(); box.focus(); }
  if (event.key === 'Escape') { box.value = ''; search(); box.blur(); }
});
search();
)js";

}  // namespace rollcall::api
