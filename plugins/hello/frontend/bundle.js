/**
 * The page of hello in the web console: plain DOM, no build step.
 *
 * The console imports this file, calls `mount` when somebody opens the page, and `unmount` when they leave it.
 * What `api` has is told in plugins/hello/README.md.
 */

/** Ends the requests of a page that was left, by its container. */
const leaving = new WeakMap();

/** @param {HTMLElement} container empty, and the page's own until `unmount` */
export async function mount(container, api) {
  const left = new AbortController();
  leaving.set(container, left);
  const { signal } = left;

  const page = element('div', { className: 'hello' });
  const count = element('output', { className: 'hello-count', textContent: '…' });
  count.setAttribute('aria-label', 'Clicks');
  const more = element('button', { type: 'button', textContent: 'Count one more' });
  const name = element('input', { name: 'name', maxLength: 80, autocomplete: 'off' });
  const greeting = element('output', { className: 'hello-greeting' });
  const form = element('form', {}, [
    element('label', {}, ['Whom to greet', name]),
    element('button', { textContent: 'Greet' }),
  ]);
  page.append(
    section('Counter', [element('p', { textContent: 'Kept in the store of this plugin.' }), count, more]),
    section('Greeting', [form, element('p', {}, [greeting])]),
  );

  more.addEventListener('click', async () => {
    more.disabled = true;
    await showCount({ method: 'POST' });
    more.disabled = false;
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    await showGreeting();
  });

  container.append(stylesheet('page.css'), page);
  await Promise.all([showCount({}), showGreeting()]);

  async function showCount(options) {
    const answer = await ask('clicks', options);
    if (answer !== undefined) count.textContent = JSON.parse(answer).clicks;
  }

  async function showGreeting() {
    const answer = await ask(`greeting?name=${encodeURIComponent(name.value)}`, {});
    if (answer !== undefined) greeting.textContent = answer;
  }

  /** The text of an answer; undefined when there is none, which was said. */
  async function ask(path, options) {
    try {
      const answer = await api.fetch(path, { ...options, signal });
      if (answer.ok) return await answer.text();
      const isDenied = answer.status === 403;
      api.showToast(
        isDenied ? 'Your role may look, not count.' : `hello answered ${answer.status}.`,
        'error',
      );
    } catch (thrown) {
      if (!signal.aborted) api.showToast(`hello was not reached: ${thrown.message}`, 'error');
    }
    return undefined;
  }
}

/** The console empties the container itself. */
export function unmount(container) {
  leaving.get(container)?.abort();
  leaving.delete(container);
}

function section(title, children) {
  return element('section', {}, [element('h2', { textContent: title }), ...children]);
}

function element(name, properties, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** A file of this folder: it is served beside this one. */
function stylesheet(name) {
  return element('link', { rel: 'stylesheet', href: new URL(name, import.meta.url).href });
}
