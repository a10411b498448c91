"""A cellular automaton that lives in the reader's browser: thirty readers cost the server nothing.

`PLAYER` is the page's script, run once when the page is loaded. It looks for the canvas `#texture-life canvas` and for
a rule, written by `rule_html` into `#texture-rule`, and lets the rule run for as long as the canvas is seen: on the
graphics card by WebGL 2 with textures of floats, or else in plain JavaScript, with the same arithmetic.
"""

import base64
import html
from typing import Any

import numpy as np

from genimg.models.nca import BEND, NCA, SLOPE
from genimg.ui.engines import ENGINES

CELLS = (128, 192, 256)  # along a side; more is finer, and slower without a graphics card

CANVAS = """
<div class="gi-life" id="texture-world">
  <canvas width="128" height="128" role="img" tabindex="0"
    aria-label="a living texture; drag over it to erase"></canvas>
</div>
<div class="gi-status" id="texture-pulse" aria-live="off"></div>
"""


def rule_html(model: NCA, name: str, *, restart: bool = True) -> str:
    """Return a rule as a hidden element for the page's script.

    Args:
        model: the rule; a multiple of 4 channels.
        name: told to the reader.
        restart: begin from the seed; otherwise the cells go on from where they are.
    """
    # By rows of the hidden layer: for each, what it feels (sense by sense), its bias, and what it does.
    parts = (model.feel.weight, model.feel.bias, model.act.weight.T)
    numbers = np.concatenate([part.detach().float().cpu().numpy().ravel() for part in parts])
    data: dict[str, Any] = {
        "name": name,
        "channels": model.channels,
        "hidden": model.hidden,
        "restart": int(restart),
        "weights": base64.b64encode(numpy_bytes(numbers)).decode(),
    }
    attributes = " ".join(f'data-{key}="{html.escape(str(value))}"' for key, value in data.items())
    return f"<span hidden {attributes}></span>"


def numpy_bytes(numbers: np.ndarray[Any, Any]) -> bytes:
    """Return numbers as little-endian float32."""
    return numbers.astype("<f4").tobytes()


PLAYER = (
    f"() => {{ if (window.giLife) return; const SLOPE = {SLOPE}, BEND = {BEND};"
    + ENGINES
    + r"""
  const read = (span) => {
    const bytes = Uint8Array.from(atob(span.dataset.weights), (c) => c.charCodeAt(0));
    return {name: span.dataset.name, channels: +span.dataset.channels, hidden: +span.dataset.hidden,
            weights: new Float32Array(bytes.buffer)};
  };
  const make = (kind) => {
    if (kind !== 'JavaScript') {
      try { return new Card(); } catch (problem) { console.info('plain automaton:', problem.message); }
    }
    return new Plain();
  };
  const life = window.giLife = {engine: null, running: true, speed: 1, side: 128, make, Plain, Card, read,
    total: 0, seen: null,
    canvas: () => document.querySelector('#texture-life canvas'),
    start(rule, keep) {
      try { begin(rule, keep); } catch (problem) {  // a card that promised more than it can
        console.info('plain automaton:', problem.message);
        life.engine = new Plain(); begin(rule, false);
      }
    },
    restart() { life.engine?.clear(); life.total = 0; life.running = true; show(); },
    pause() { life.running = !life.running; show(); },
    once() { life.running = false; if (life.engine) life.total += life.engine.step(1); show(); },
    resize(side) { life.side = +side; life.engine?.resize(life.side); life.total = 0; show(); },
    save() {
      const canvas = life.canvas();
      if (!canvas || !life.engine) return;
      const link = Object.assign(document.createElement('a'),
        {href: canvas.toDataURL('image/png'), download: `${life.rule.name}.png`});
      document.body.append(link); link.click(); link.remove();
    },
  };
  const begin = (rule, keep) => {
    life.engine ??= make(life.kind);
    const cells = keep && life.rule?.channels === rule.channels ? life.engine.cells() : null;
    life.rule = rule;
    life.engine.side = life.side;
    life.engine.set(rule);
    if (life.engine instanceof Card && life.kind !== 'WebGL') {
      const spent = [0, 1].map(() => {  // the first step compiles
        const since = performance.now();
        life.engine.step(1); life.engine.cells();
        return performance.now() - since;
      });
      if (spent[1] > SLOW) throw new Error(`${spent[1].toFixed(0)} ms for a step`);
      life.engine.clear();
    }
    // Early rules of a training drive cells out of bounds, whence a better one may not bring them back.
    if (cells?.every((v) => Math.abs(v) < 4)) life.engine.load(cells); else life.total = 0;
    show();
  };
  const show = () => {
    const canvas = life.canvas();
    if (!life.engine || !canvas) return;
    life.engine.draw(canvas);
    const line = document.querySelector('#texture-pulse');
    if (line) line.textContent = `${life.rule.name} · ${life.total} · ${life.side} × ${life.side} · ${life.engine.name}`
      + (life.running ? '' : ' · ❚❚');
  };
  const SLOW = 100;  // milliseconds: twice what a step of 128 x 128 cells takes without a card
  let owed = 0, last = performance.now();
  const beat = (now) => {
    requestAnimationFrame(beat);
    const gone = Math.min(now - last, 100);
    last = now;
    const canvas = life.canvas();
    if (!life.engine || !life.running || !canvas?.offsetParent) return;
    owed = Math.min(owed + gone / 1000 * 60 * life.speed, 12);
    const wanted = Math.floor(owed);
    if (wanted < 1) return;
    const done = life.engine.step(wanted, false, performance.now() + 14);
    owed -= done; life.total += done;
    if (done) show();
  };
  requestAnimationFrame(beat);
  // The rule comes as an element that the server writes; a timer notices a new one.
  setInterval(() => {
    const span = document.querySelector('#texture-rule [data-weights]');
    if (!span || !life.canvas() || span.dataset.weights === life.seen) return;
    life.seen = span.dataset.weights;
    life.start(read(span), span.dataset.restart === '0');
  }, 200);
  // Training keeps a rule in bounds for the thousands of steps that it was looked at, no longer: one that runs away
  // begins anew.
  setInterval(() => {
    if (!life.engine || !life.running || !life.canvas()?.offsetParent) return;
    if (!life.engine.cells().every((v) => Math.abs(v) < 50)) life.restart();
  }, 5000);
  const wipe = (event) => {
    const canvas = event.target.closest?.('#texture-life canvas');
    if (!canvas || !life.engine || !(event.buttons & 1)) return;
    event.preventDefault();
    const box = canvas.getBoundingClientRect(), scale = life.side / box.width;
    const clip = (v) => Math.min(life.side - 1, Math.max(0, Math.floor(v * scale)));
    life.engine.erase(clip(event.clientX - box.left), clip(event.clientY - box.top), Math.round(life.side / 9));
    show();
  };
  document.addEventListener('pointerdown', wipe);
  document.addEventListener('pointermove', wipe);
  document.addEventListener('keydown', (event) => {
    if (event.target !== life.canvas() || !['Enter', ' '].includes(event.key)) return;
    event.preventDefault();
    life.engine?.erase(life.side >> 1, life.side >> 1, Math.round(life.side / 6)); show();
  });
}"""
)
