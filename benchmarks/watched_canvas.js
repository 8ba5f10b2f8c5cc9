/** What is really on a canvas, frame by frame: pictures that differ, and when each was first there. */
(() => {
  const [WIDTH, HEIGHT] = [120, 80];
  /** A pixel is another when its channels differ by more than this together. */
  const least = 24;

  const differ = (one, other) => {
    let count = 0;
    for (let at = 0; at < one.length; at += 4) {
      const away =
        Math.abs(one[at] - other[at]) +
        Math.abs(one[at + 1] - other[at + 1]) +
        Math.abs(one[at + 2] - other[at + 2]) +
        Math.abs(one[at + 3] - other[at + 3]);
      if (away > least) count++;
    }
    return count / (WIDTH * HEIGHT);
  };

  /** The largest canvas: of several on top of each other the first, where points are. */
  const find = (output) => {
    const all = [...document.querySelectorAll(`${output} canvas`)];
    const area = ({ clientWidth, clientHeight }) => clientWidth * clientHeight;
    return all.reduce((best, each) => (best === null || area(each) > area(best) ? each : best), null);
  };

  class Watch {
    constructor(output) {
      this.output = output;
      this.pictures = [];
      this.looks = 0;
      const copy = new OffscreenCanvas(WIDTH, HEIGHT);
      this.context = copy.getContext("2d", { willReadFrequently: true });
      this.going = true;
      requestAnimationFrame(() => this.look());
    }

    look() {
      if (!this.going) return;
      this.looks += 1;
      const canvas = find(this.output);
      if (canvas !== null && canvas.width > 0 && canvas.height > 0) {
        this.context.clearRect(0, 0, WIDTH, HEIGHT);
        this.context.drawImage(canvas, 0, 0, WIDTH, HEIGHT);
        const { data } = this.context.getImageData(0, 0, WIDTH, HEIGHT);
        const last = this.pictures.at(-1);
        // After the copy, which waits for whatever is still being drawn.
        const at = performance.timeOrigin + performance.now();
        if (last === undefined || differ(data, last.data) > 0) this.pictures.push({ at, data });
      }
      requestAnimationFrame(() => this.look());
    }

    /** When a hundredth of the canvas was first something else than its corner. */
    painted() {
      const found = this.pictures.find(({ data }) => {
        const ground = data.slice(0, 4);
        const plain = new Uint8ClampedArray(data.length).map((_, at) => ground[at % 4]);
        return differ(data, plain) > 0.01;
      });
      return found?.at ?? null;
    }

    /** After a moment: how many pictures, when the first and the one that stayed, how unlike before. */
    since(moment) {
      const before = this.pictures.findLast(({ at }) => at <= moment) ?? this.pictures[0];
      const after = this.pictures.filter(({ at }) => at > moment);
      const last = after.at(-1);
      if (last === undefined) return null;
      return {
        count: after.length,
        first: after[0].at,
        stayed: after.find(({ data }) => differ(data, last.data) < 0.005).at,
        changed: differ(before.data, last.data),
      };
    }

    end() {
      this.going = false;
    }
  }

  window.watchCanvas = (output) => {
    window.watched?.end();
    window.watched = new Watch(output);
    return performance.timeOrigin + performance.now();
  };
})();
