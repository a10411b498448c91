// Cellular automata that live in the browser: on the graphics card by WebGL 2 with textures of floats, or in plain
// JavaScript with the same arithmetic. A rule is an object of `channels`, `hidden` and `weights`: the first layer by
// rows, its bias, and the second layer by columns.
(function () {
  'use strict';
  const SLOPE = 0.5, BEND = 0.25;  // of genimg/models/nca.py
  // A hash instead of Math.random: the graphics card and the processor then wake the same cells.
  const hash = (x, y, step) => {
    let v = (Math.imul(x, 0x9E3779B1) ^ Math.imul(y, 0x85EBCA77) ^ Math.imul(step, 0xC2B2AE3D)) >>> 0;
    v = Math.imul(v ^ (v >>> 15), 0x2C1B3C6D) >>> 0;
    v = Math.imul(v ^ (v >>> 12), 0x297A2D39) >>> 0;
    return (v ^ (v >>> 15)) >>> 0;
  };

  // Each engine: set(rule), resize(side), clear(), erase(x, y, r), step(n, all) -> steps done, pixels(), cells().
  class Plain {
    constructor() { this.name = 'JavaScript'; this.side = 0; this.time = 0; this.row = 0; }
    set(rule) { this.rule = rule; this.resize(this.side || 128); }
    resize(side) {
      this.side = side;
      this.now = new Float32Array(side * side * this.rule.channels);
      this.next = new Float32Array(this.now.length);
      this.time = this.row = 0;
    }
    clear() { this.now.fill(0); this.time = this.row = 0; }
    load(cells) { this.now.set(cells); this.time = this.row = 0; }
    cells() { return this.now; }
    erase(x, y, radius) {
      const {side, rule: {channels}} = this;
      for (let dy = -radius; dy <= radius; dy++) for (let dx = -radius; dx <= radius; dx++) {
        if (dx * dx + dy * dy > radius * radius) continue;
        const at = (((y + dy + side) % side) * side + (x + dx + side) % side) * channels;
        this.now.fill(0, at, at + channels);
      }
      this.row = 0;  // a step that was half done would bring the old cells back
    }
    // Steps until `n` are done or the time is up; a step may be spread over several calls, row by row.
    step(n, all, until = Infinity) {
      const {side} = this;
      let done = 0;
      while (done < n) {
        while (this.row < side) {
          this.line(this.row++, all);
          if (performance.now() > until && this.row < side) return done;
        }
        [this.now, this.next] = [this.next, this.now];
        this.row = 0; this.time++; done++;
        if (performance.now() > until) return done;
      }
      return done;
    }
    line(y, all) {
      const {side, now, next, time} = this, {channels: C, hidden: H, weights: w} = this.rule;
      const act = 4 * C * H + H, felt = new Float32Array(4 * C), change = new Float32Array(C);
      const up = ((y + side - 1) % side) * side, mid = y * side, down = ((y + 1) % side) * side;
      for (let x = 0; x < side; x++) {
        const at = (mid + x) * C;
        if (!all && hash(x, y, time) & 1) { for (let c = 0; c < C; c++) next[at + c] = now[at + c]; continue; }
        const l = (x + side - 1) % side, r = (x + 1) % side;
        for (let c = 0; c < C; c++) {
          const a = now[(up + l) * C + c], b = now[(up + x) * C + c], d = now[(up + r) * C + c];
          const e = now[(mid + l) * C + c], f = now[at + c], g = now[(mid + r) * C + c];
          const h = now[(down + l) * C + c], i = now[(down + x) * C + c], j = now[(down + r) * C + c];
          felt[c] = f;
          felt[C + c] = (d - a + 2 * (g - e) + j - h) * SLOPE;
          felt[2 * C + c] = (h - a + 2 * (i - b) + j - d) * SLOPE;
          felt[3 * C + c] = (a + d + h + j + 2 * (b + e + g + i) - 12 * f) * BEND;
          change[c] = 0;
        }
        for (let k = 0, p = 0; k < H; k++) {
          let sum = w[4 * C * H + k];
          for (let q = 0; q < 4 * C; q++) sum += w[p++] * felt[q];
          if (sum > 0) for (let c = 0, o = act + k * C; c < C; c++) change[c] += sum * w[o + c];
        }
        for (let c = 0; c < C; c++) next[at + c] = now[at + c] + change[c];
      }
    }
    draw(canvas) {
      const {side} = this;
      if (canvas.width !== side) canvas.width = canvas.height = side;
      const pen = canvas.getContext('2d');
      pen.putImageData(new ImageData(this.pixels(), side, side), 0, 0);
    }
    pixels() {
      const {now, side, rule: {channels: C}} = this, out = new Uint8ClampedArray(4 * side * side);
      for (let p = 0; p < side * side; p++) {
        for (let c = 0; c < 3; c++) out[4 * p + c] = 255 * (now[p * C + c] + 0.5);
        out[4 * p + 3] = 255;
      }
      return out;
    }
  }

  class Card {
    // A card that is only imitated by the processor is slower than the plain way, and holds the whole browser up.
    constructor(imitated = false) {
      this.name = 'WebGL'; this.side = 0; this.time = 0;
      this.surface = document.createElement('canvas');
      const wish = {antialias: false, alpha: false, preserveDrawingBuffer: true,
        failIfMajorPerformanceCaveat: !imitated};
      const gl = this.gl = this.surface.getContext('webgl2', wish);
      if (!gl || !gl.getExtension('EXT_color_buffer_float')) throw new Error('no float textures');
      const card = gl.getExtension('WEBGL_debug_renderer_info');
      const title = card ? gl.getParameter(card.UNMASKED_RENDERER_WEBGL) : gl.getParameter(gl.RENDERER);
      if (!imitated && /swiftshader|llvmpipe|software|basic render/i.test(title)) throw new Error(title);
    }
    set(rule) {
      const {gl} = this, C4 = rule.channels / 4;
      if (C4 > gl.getParameter(gl.MAX_DRAW_BUFFERS)) throw new Error('too many channels');
      this.rule = rule; this.layers = C4;
      const {channels: C, hidden: H, weights: w} = rule;
      // A row of texels for each hidden unit: 4 C of what it feels, C of what it does, and its bias.
      const wide = 5 * C4 + 1, table = new Float32Array(4 * wide * H);
      for (let k = 0; k < H; k++) {
        table.set(w.subarray(k * 4 * C, (k + 1) * 4 * C), 4 * wide * k);
        table.set(w.subarray(4 * C * H + H + k * C, 4 * C * H + H + (k + 1) * C), 4 * wide * k + 4 * C);
        table[4 * wide * k + 5 * C] = w[4 * C * H + k];
      }
      this.table = this.texture(wide, H, table);
      const each = (f) => [...Array(C4).keys()].map(f).join('\n');
      this.run = this.program(`
        uniform sampler2D table; ${each((i) => `uniform sampler2D s${i}; layout(location = ${i}) out vec4 o${i};`)}
        uniform int side; uniform uint time; uniform bool all_;
        uint hash(uint x, uint y, uint t) {
          uint v = (x * 0x9E3779B1u) ^ (y * 0x85EBCA77u) ^ (t * 0xC2B2AE3Du);
          v = (v ^ (v >> 15)) * 0x2C1B3C6Du; v = (v ^ (v >> 12)) * 0x297A2D39u;
          return v ^ (v >> 15);
        }
        void main() {
          ivec2 p = ivec2(gl_FragCoord.xy), m = (p + side - 1) % side, n = (p + 1) % side;
          ${each((i) => `vec4 f${i} = texelFetch(s${i}, p, 0); o${i} = f${i};`)}
          if (!all_ && (hash(uint(p.x), uint(p.y), time) & 1u) == 1u) return;
          vec4 felt[${4 * C4}];
          ${each((i) => `{
            vec4 a = texelFetch(s${i}, m, 0), b = texelFetch(s${i}, ivec2(p.x, m.y), 0);
            vec4 d = texelFetch(s${i}, ivec2(n.x, m.y), 0), e = texelFetch(s${i}, ivec2(m.x, p.y), 0);
            vec4 g = texelFetch(s${i}, ivec2(n.x, p.y), 0), h = texelFetch(s${i}, ivec2(m.x, n.y), 0);
            vec4 k = texelFetch(s${i}, ivec2(p.x, n.y), 0), j = texelFetch(s${i}, n, 0);
            felt[${i}] = f${i};
            felt[${C4 + i}] = (d - a + 2.0 * (g - e) + j - h) * ${SLOPE.toFixed(6)};
            felt[${2 * C4 + i}] = (h - a + 2.0 * (k - b) + j - d) * ${SLOPE.toFixed(6)};
            felt[${3 * C4 + i}] = (a + d + h + j + 2.0 * (b + e + g + k) - 12.0 * f${i}) * ${BEND.toFixed(6)};
          }`)}
          for (int k = 0; k < ${H}; k++) {
            float sum = texelFetch(table, ivec2(${5 * C4}, k), 0).x;
            for (int q = 0; q < ${4 * C4}; q++) sum += dot(texelFetch(table, ivec2(q, k), 0), felt[q]);
            if (sum <= 0.0) continue;
            ${each((i) => `o${i} += sum * texelFetch(table, ivec2(${4 * C4 + i}, k), 0);`)}
          }
        }`);
      this.wipe = this.program(`
        ${each((i) => `uniform sampler2D s${i}; layout(location = ${i}) out vec4 o${i};`)}
        uniform vec3 disc; uniform int side;
        void main() {
          vec2 away = abs(floor(gl_FragCoord.xy) - disc.xy);
          away = min(away, float(side) - away);
          float keep = dot(away, away) > disc.z * disc.z ? 1.0 : 0.0;
          ${each((i) => `o${i} = keep * texelFetch(s${i}, ivec2(gl_FragCoord.xy), 0);`)}
        }`);
      this.show = this.program(`
        uniform sampler2D s0; uniform int side; out vec4 o;
        void main() {
          ivec2 p = ivec2(gl_FragCoord.xy);
          o = vec4(texelFetch(s0, ivec2(p.x, side - 1 - p.y), 0).rgb + 0.5, 1.0);
        }`);
      this.resize(this.side || 128);
    }
    program(body) {
      const {gl} = this, program = gl.createProgram();
      const head = '#version 300 es\nprecision highp float; precision highp int; precision highp sampler2D;\n';
      // One triangle that covers everything, without any buffer.
      const corner = 'vec4(gl_VertexID == 1 ? 3 : -1, gl_VertexID == 2 ? 3 : -1, 0, 1)';
      const vertex = `#version 300 es\nvoid main() { gl_Position = ${corner}; }`;
      for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, head + body]]) {
        const shader = gl.createShader(kind);
        gl.shaderSource(shader, text); gl.compileShader(shader); gl.attachShader(program, shader);
        if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      }
      gl.linkProgram(program);
      if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
      return program;
    }
    texture(width, height, data) {
      const {gl} = this, texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, width, height, 0, gl.RGBA, gl.FLOAT, data);
      for (const which of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
        gl.texParameteri(gl.TEXTURE_2D, which, gl.NEAREST);
      }
      return texture;
    }
    resize(side) {
      const {gl, layers} = this;
      for (const {textures, frame} of this.halves ?? []) {
        textures.forEach((texture) => gl.deleteTexture(texture));
        gl.deleteFramebuffer(frame);
      }
      this.side = side; this.time = 0;
      this.surface.width = this.surface.height = side;
      this.halves = [0, 1].map(() => {
        const textures = [...Array(layers)].map(() => this.texture(side, side, new Float32Array(4 * side * side)));
        const frame = gl.createFramebuffer();
        gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
        textures.forEach((texture, i) => {
          gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + i, gl.TEXTURE_2D, texture, 0);
        });
        gl.drawBuffers(textures.map((_, i) => gl.COLOR_ATTACHMENT0 + i));
        return {textures, frame};
      });
      if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) throw new Error('no float targets');
    }
    clear() { this.resize(this.side); }
    load(cells) {
      const {gl, side, rule: {channels: C}} = this;
      this.time = 0;
      this.halves[0].textures.forEach((texture, i) => {
        const part = new Float32Array(4 * side * side);
        for (let p = 0; p < side * side; p++) for (let c = 0; c < 4; c++) part[4 * p + c] = cells[p * C + 4 * i + c];
        gl.bindTexture(gl.TEXTURE_2D, texture);
        gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, side, side, gl.RGBA, gl.FLOAT, part);
      });
    }
    cells() {
      const {gl, side, rule: {channels: C}} = this, out = new Float32Array(side * side * C);
      gl.bindFramebuffer(gl.FRAMEBUFFER, this.halves[0].frame);
      for (let i = 0; i < this.layers; i++) {
        const part = new Float32Array(4 * side * side);
        gl.readBuffer(gl.COLOR_ATTACHMENT0 + i);
        gl.readPixels(0, 0, side, side, gl.RGBA, gl.FLOAT, part);
        for (let p = 0; p < side * side; p++) for (let c = 0; c < 4; c++) out[p * C + 4 * i + c] = part[4 * p + c];
      }
      return out;
    }
    pass(program, frame, put) {
      const {gl} = this, at = (name) => gl.getUniformLocation(program, name);
      gl.useProgram(program);
      gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
      gl.viewport(0, 0, this.side, this.side);
      this.halves[0].textures.forEach((texture, i) => {
        gl.activeTexture(gl.TEXTURE0 + i); gl.bindTexture(gl.TEXTURE_2D, texture); gl.uniform1i(at('s' + i), i);
      });
      gl.uniform1i(at('side'), this.side);
      put?.(at);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
    step(n, all, until = Infinity) {
      const {gl} = this;
      let done = 0;
      for (; done < n && performance.now() < until; done++) {
        this.pass(this.run, this.halves[1].frame, (at) => {
          gl.activeTexture(gl.TEXTURE0 + this.layers); gl.bindTexture(gl.TEXTURE_2D, this.table);
          gl.uniform1i(at('table'), this.layers);
          gl.uniform1ui(at('time'), this.time); gl.uniform1i(at('all_'), all ? 1 : 0);
        });
        this.halves.reverse();
        this.time++;
        if (until !== Infinity) gl.finish();  // so that the clock sees what a step costs
      }
      return done;
    }
    erase(x, y, radius) {
      this.pass(this.wipe, this.halves[1].frame, (at) => this.gl.uniform3f(at('disc'), x, y, radius));
      this.halves.reverse();
    }
    draw(canvas) {
      if (canvas.width !== this.side) canvas.width = canvas.height = this.side;
      this.pass(this.show, null);
      canvas.getContext('2d').drawImage(this.surface, 0, 0);
    }
  }

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
  document.addEventListener('click', ({target}) => {
    const pressed = /^texture-(pause|once|restart|life-save)$/.exec(target.closest?.('button')?.id ?? '');
    if (pressed) life[pressed[1].replace('life-', '')]();
  });
  document.addEventListener('input', ({target}) => {
    const moved = target.closest?.('#texture-speed, #texture-cells, #texture-crisp')?.id;
    if (moved === 'texture-speed') life.speed = Number(target.value);
    if (moved === 'texture-cells') life.resize(target.value);
    if (moved === 'texture-crisp') document.querySelector('#texture-world').classList.toggle('gi-crisp', target.checked);
  });
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
    const {say} = globalThis.genimgFrame;
    if (line) line.textContent = `${life.rule.name} · ${say('step')} ${life.total} · ${life.side} × ${life.side} ${say('cells')} · ${life.engine.name}`
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
})();
