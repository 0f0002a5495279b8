// Pictures of the reader: a file, a camera's frame or a drawing becomes pixels, and pixels become what the network takes.
(() => {
  const net = window.resnetLiveNet;

  // What is said to the reader instead of a stack trace.
  class PictureError extends Error {}

  const LARGEST_FILE = 60e6;  // bytes
  const LARGEST_PICTURE = 120e6;  // pixels: decoded, four bytes each
  const KEPT = 1024;  // the longer side of what is kept: twice the largest size that can be chosen
  const MEAN = [0.485, 0.456, 0.406], STD = [0.229, 0.224, 0.225];  // of ImageNet, as in training

  // A file or blob → {rgb: Uint8Array of height × width × 3, width, height, notes: sentences}. Throws PictureError.
  const readPicture = async (file) => {
    const named = file.name ? `“${file.name}”` : "This";
    if (!file.size) throw new PictureError(`${named} is empty.`);
    if (file.size > LARGEST_FILE)
      throw new PictureError(`${named} has ${Math.round(file.size / 1e6)} MB. More than ${LARGEST_FILE / 1e6} MB are too much for a page: make it smaller first.`);
    const cannot = new PictureError(`${named} is no picture that this browser can read. JPEG, PNG, WebP and GIF always work; a HEIC photo must be saved as JPEG first, and a gigantic picture made smaller.`);
    const { width, height } = await measure(file).catch(() => { throw cannot; });
    if (width * height > LARGEST_PICTURE)
      throw new PictureError(`${named} has ${width} × ${height} pixels, ${Math.round((width * height) / 1e6)} million. More than ${LARGEST_PICTURE / 1e6} million are too much for a page: make it smaller first.`);
    // A very large one is brought down by the browser while it decodes; canvases on phones end at 16 million pixels.
    const shrink = Math.min(1, Math.sqrt(12e6 / (width * height)));
    const size = shrink < 1 ? { resizeWidth: Math.max(1, Math.round(width * shrink)), resizeHeight: Math.max(1, Math.round(height * shrink)), resizeQuality: "high" } : {};
    const bitmap = await createImageBitmap(file, size).catch(() => { throw cannot; });
    const picture = fromCanvasSource(bitmap, bitmap.width, bitmap.height);
    bitmap.close();
    if (await bitsPerChannel(file) === 16) picture.notes.push("It has 16 bits a channel; the network was trained on 8, so the finer half is dropped.");
    if (width * height > 4e6) picture.notes.unshift(`${width} × ${height} pixels: far more than any network of this kind looks at.`);
    return picture;
  };

  // Only the size: the browser need not decode the pixels for it.
  const measure = (file) => new Promise((resolve, reject) => {
    const image = new Image(), address = URL.createObjectURL(file);
    const end = (settle) => () => { URL.revokeObjectURL(address); settle({ width: image.naturalWidth, height: image.naturalHeight }); };
    image.onload = end(resolve);
    image.onerror = end(reject);
    image.src = address;
  });

  // The bits a channel of a PNG file stand in its 25th byte; other kinds that browsers read have 8.
  const bitsPerChannel = async (file) => {
    const head = new Uint8Array(await file.slice(0, 25).arrayBuffer());
    return head.length === 25 && String.fromCharCode(...head.subarray(1, 4)) === "PNG" ? head[24] : 8;
  };

  // Anything that can be drawn on a canvas (a bitmap, a video's frame) → a picture as `readPicture` gives it.
  const fromCanvasSource = (source, width, height) => {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(source, 0, 0);
    const rgba = context.getImageData(0, 0, width, height).data;
    canvas.width = canvas.height = 0;  // gives the memory back at once
    const rgb = new Uint8Array(width * height * 3), notes = [];
    let transparent = false;
    for (let from = 0, to = 0; from < rgba.length; from += 4) {
      const alpha = rgba[from + 3];
      transparent ||= alpha < 255;
      for (let c = 0; c < 3; c++) rgb[to++] = alpha === 255 ? rgba[from + c] : Math.round((rgba[from + c] * alpha + 255 * (255 - alpha)) / 255);
    }
    if (transparent) notes.push("Its transparent parts are white here: a network takes three colours and no fourth channel.");
    const picture = { rgb, width, height, notes };
    const longer = Math.max(width, height);
    if (longer <= KEPT) return picture;
    const part = KEPT / longer;
    return { ...resized(picture, Math.max(1, Math.round(width * part)), Math.max(1, Math.round(height * part))), notes };
  };

  // To another size, by the rule of Pillow's BILINEAR, which the training used: each new pixel is the mean of all old ones
  // below it, weighed by a triangle, first along the rows and then along the columns. (What browsers do differs from one to the next.)
  const resized = ({ rgb, width, height }, newWidth, newHeight) => {
    const across = newWidth === width ? rgb : alongRows(rgb, width, height, newWidth);
    if (newHeight === height) return { rgb: across, width: newWidth, height };
    const turned = transposed(across, newWidth, height);
    return { rgb: transposed(alongRows(turned, height, newWidth, newHeight), newHeight, newWidth), width: newWidth, height: newHeight };
  };

  const alongRows = (rgb, width, height, newWidth) => {
    const scale = width / newWidth, reach = Math.max(scale, 1);
    const result = new Uint8Array(newWidth * height * 3);
    for (let x = 0; x < newWidth; x++) {
      const centre = (x + 0.5) * scale;
      const first = Math.max(0, Math.floor(centre - reach + 0.5)), end = Math.min(width, Math.floor(centre + reach + 0.5));
      const weights = Array.from({ length: end - first }, (_, i) => Math.max(0, 1 - Math.abs((first + i - centre + 0.5) / reach)));
      const sum = weights.reduce((a, b) => a + b);
      for (let i = 0; i < weights.length; i++) weights[i] /= sum;
      for (let y = 0; y < height; y++) {
        let red = 0.5, green = 0.5, blue = 0.5;  // a half: what is cut off below is then rounded
        for (let i = 0, at = (y * width + first) * 3; i < weights.length; i++, at += 3) {
          red += weights[i] * rgb[at];
          green += weights[i] * rgb[at + 1];
          blue += weights[i] * rgb[at + 2];
        }
        const to = (y * newWidth + x) * 3;
        result[to] = red;
        result[to + 1] = green;
        result[to + 2] = blue;
      }
    }
    return result;
  };

  const transposed = (rgb, width, height) => {
    const result = new Uint8Array(rgb.length);
    for (let y = 0, from = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const to = (x * height + y) * 3;
        result[to] = rgb[from++];
        result[to + 1] = rgb[from++];
        result[to + 2] = rgb[from++];
      }
    return result;
  };

  // What the network takes: each colour with mean 0 and standard deviation 1 over many photographs.
  const normalised = ({ rgb, width, height }) => ({
    numbers: Float32Array.from(rgb, (value, i) => (value / 255 - MEAN[i % 3]) / STD[i % 3]), width, height,
  });

  // The picture on a canvas of its own size.
  const paint = (canvas, { rgb, width, height }) => {
    canvas.width = width;
    canvas.height = height;
    const pixels = new ImageData(width, height);
    for (let i = 0, to = 0; i < rgb.length; i += 3, to += 4) pixels.data.set([rgb[i], rgb[i + 1], rgb[i + 2], 255], to);
    canvas.getContext("2d").putImageData(pixels, 0, 0);
  };

  Object.assign(net, { PictureError, readPicture, fromCanvasSource, resized, normalised, paint });
})();
