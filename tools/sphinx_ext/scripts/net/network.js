// The network in the reader's browser: the weights that PyTorch saved, computed by TensorFlow.js (`tf`, see engine.js).
// The names of the layers are those of resnet_live/models/modern.py, whose forward pass stands here once more.
(() => {
  const net = window.resnetLiveNet;

  // The file of weights (safetensors): 8 bytes with the length of the header, the header as JSON, then the numbers.
  const readWeights = (bytes) => {
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    const facts = JSON.parse(header.__metadata__.resnet_live);
    const tensors = {};
    for (const [name, { dtype, shape, data_offsets: place }] of Object.entries(header))
      if (dtype === "F16") {  // the rest counts batches, which only training needs
        const [from, to] = place.map((offset) => 8 + length + offset);
        tensors[name] = { shape, numbers: float32s(new Uint16Array(bytes.slice(from, to).buffer)) };
      }
    return { facts, tensors };
  };

  // Each 16-bit float: a sign, 5 bits of exponent, 10 of fraction.
  const float32s = (halves) => {
    const numbers = new Float32Array(halves.length);
    for (let i = 0; i < halves.length; i++) {  // over a million: five times as fast as Float32Array.from
      const half = halves[i], sign = half & 0x8000 ? -1 : 1, exponent = (half >> 10) & 31, fraction = half & 1023;
      numbers[i] = exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : sign * fraction * 2 ** -24;
    }
    return numbers;
  };

  // A convolution and the batch norm behind it as one convolution with a bias: at test time both are linear.
  const foldedConvolution = ({ tensors }, name, stride) => {
    const [out, into, height, width] = tensors[`${name}.0.weight`].shape;
    const weight = tensors[`${name}.0.weight`].numbers;
    const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((part) => tensors[`${name}.1.${part}`].numbers);
    const scale = gamma.map((value, o) => value / Math.sqrt(variance[o] + 1e-5));
    const kernel = new Float32Array(weight.length);  // the engine wants height, width, channels in, channels out
    for (let o = 0, at = 0; o < out; o++)
      for (let i = 0; i < into; i++)
        for (let place = 0; place < height * width; place++)
          kernel[(place * into + i) * out + o] = weight[at++] * scale[o];
    const filter = tf.tensor4d(kernel, [height, width, into, out]);
    const bias = tf.tensor1d(beta.map((value, o) => value - mean[o] * scale[o]));
    const pad = Math.floor(height / 2);
    return (x, activation) => tf.fused.conv2d({ x, filter, strides: stride, pad, bias, activation });
  };

  // A residual block: what its two paths do. The skip path is the identity where no shape changes.
  const makeBlock = (weights, name, stride) => {
    const kernelOf = (layer) => weights.tensors[`${name}.${layer}.0.weight`]?.shape[2] ?? 0;
    const convs = [];
    let left = stride;  // for the first kernel that is wider than one pixel
    for (let i = 0; kernelOf(`convs.${i}`); i++) {
      const wide = kernelOf(`convs.${i}`) > 1;
      convs.push(foldedConvolution(weights, `${name}.convs.${i}`, wide ? left : 1));
      if (wide) left = 1;
    }
    let skip = (x) => x;
    if (kernelOf("downsample")) {
      const conv = foldedConvolution(weights, `${name}.downsample`, stride);
      skip = (x) => conv(x, "linear");
    } else if (kernelOf("downsample.1")) {
      const conv = foldedConvolution(weights, `${name}.downsample.1`, 1);
      // "same": a window over the border averages the pixels that are there, as ceil_mode does in PyTorch
      skip = (x) => conv(tf.avgPool(x, stride, stride, "same"), "linear");
    }
    const residual = (x) => convs.reduce((now, conv, i) => conv(now, i + 1 < convs.length ? "relu" : "linear"), x);
    return { skip, residual, changesShape: Boolean(kernelOf("downsample") || kernelOf("downsample.1")) };
  };

  class Network {
    constructor(bytes) {
      const weights = readWeights(bytes);
      this.facts = weights.facts;
      const { design } = this.facts;
      this.stem = design.deep_stem
        ? [2, 1, 1].map((stride, i) => foldedConvolution(weights, `stem.${i}`, stride))
        : [foldedConvolution(weights, "stem.0", 2)];
      this.blocks = design.depths.flatMap((depth, s) =>
        Array.from({ length: depth }, (_, b) => ({
          name: `${s + 1}.${b + 1}`, ...makeBlock(weights, `stages.${s}.${b}`, s && !b ? 2 : 1),
        })));
      this.lastWeights = weights.tensors["fc.weight"];  // classes × channels
      this.lastBias = weights.tensors["fc.bias"].numbers;
      const { shape: [classes, channels], numbers } = this.lastWeights;
      this.fcWeight = tf.tensor2d(numbers, [classes, channels]);
      this.fcBias = tf.tensor1d(this.lastBias);
    }

    // From a picture as `normalised` gives it: the ten scores, the shape behind each part, the last feature map, milliseconds.
    // `watch`: {block: "2.1", residual: true, skip: true}: a block whose x, F(x) and sum are wanted, and which of its two
    // paths are left in place (one that is not adds zeros).
    look({ numbers, height, width }, watch = null) {
      const began = performance.now();
      const found = tf.tidy(() => {
        const shapes = [];
        const note = (name, x) => shapes.push({ name, shape: [x.shape[3], x.shape[1], x.shape[2]] });
        let x = tf.tensor4d(numbers, [1, height, width, 3]), watched = null;
        note("picture", x);
        for (const conv of this.stem) x = conv(x, "relu");
        x = tf.maxPool(x, 3, 2, 1);
        note("stem", x);
        for (const block of this.blocks) {
          let skip = block.skip(x), residual = block.residual(x);
          const here = watch?.block === block.name;
          if (here && !watch.skip) skip = tf.zerosLike(skip);
          if (here && !watch.residual) residual = tf.zerosLike(residual);
          x = tf.relu(tf.add(residual, skip));
          if (here) watched = { skip, residual, sum: x };
          note(`block ${block.name}`, x);
        }
        const pooled = tf.mean(x, [1, 2]);
        const scores = tf.add(tf.matMul(pooled, this.fcWeight, false, true), this.fcBias);
        return { scores, features: x, pooled, shapes, ...watched && { watched } };
      });
      const map = (tensor) => ({ numbers: tensor.dataSync(), height: tensor.shape[1], width: tensor.shape[2], channels: tensor.shape[3] });
      const answer = { scores: Array.from(found.scores.dataSync()), features: map(found.features) };
      answer.ms = performance.now() - began;  // the numbers are there now, not earlier
      answer.shapes = [...found.shapes, { name: "mean", shape: [found.pooled.shape[1]] }, { name: "scores", shape: [answer.scores.length] }];
      if (found.watched) answer.watched = Object.fromEntries(Object.entries(found.watched).map(([path, tensor]) => [path, map(tensor)]));
      tf.dispose(found);
      return answer;
    }

    // Where the score of class number `k` comes from: at each place of the last map, what its channels say for the class.
    // The mean of the map and the bias are the score.
    classMap({ numbers, height, width, channels }, k) {
      const speaks = this.lastWeights.numbers.subarray(k * channels, (k + 1) * channels);
      const map = new Float32Array(height * width);
      for (let place = 0; place < map.length; place++)
        for (let c = 0; c < channels; c++) map[place] += speaks[c] * numbers[place * channels + c];
      return { numbers: map, height, width };
    }
  }

  net.Network = Network;
  net.softmax = (scores) => {
    const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  };
})();
