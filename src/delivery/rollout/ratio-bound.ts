/**
 * Time-uniform bounds on a ratio, by the beta mixture (Robbins; Howard et al. 2021): for x events among n
 *
 *     M(p) = B(a+x, a+n-x) / B(a, a) / ( p^x (1-p)^(n-x) )
 *
 * is an e-process when p is the true ratio, so { p : M(p) < 1/alpha } holds p at all times with
 * probability 1 - alpha, however often it is looked at.
 */

/** Jeffreys' prior: reaches small ratios soon. */
const prior = 0.5;
const bisections = 40;

interface Sample {
  readonly events: number;
  readonly sample: number;
}

/** The largest ratio that is compatible with the sample; 1 when nothing was seen. */
export function ratioUpperBound({ events, sample }: Sample, alpha: number): number {
  if (sample === 0 || events >= sample) return 1;
  return bisect(events / sample, 1, (p) => logMixture({ events, sample }, p) < -Math.log(alpha));
}

/** The smallest ratio that is compatible with the sample; 0 when nothing was seen. */
export function ratioLowerBound({ events, sample }: Sample, alpha: number): number {
  return 1 - ratioUpperBound({ events: sample - events, sample }, alpha);
}

/** Last point from `inside` towards `outside` at which `isInside` holds; errs to the outside. */
function bisect(inside: number, outside: number, isInside: (at: number) => boolean): number {
  let [near, far] = [inside, outside];
  for (let step = 0; step < bisections; step += 1) {
    const middle = (near + far) / 2;
    if (isInside(middle)) near = middle;
    else far = middle;
  }
  return far;
}

function logMixture({ events, sample }: Sample, p: number): number {
  const clean = sample - events;
  const likelihood = (events === 0 ? 0 : events * Math.log(p)) + clean * Math.log1p(-p);
  return logBeta(prior + events, prior + clean) - logBeta(prior, prior) - likelihood;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Stirling's series, after raising the argument to 8 or more; error below 1e-11 for x > 0. */
function logGamma(x: number): number {
  let [at, product] = [x, 1];
  for (; at < 8; at += 1) product *= at;
  const inverse = 1 / (at * at);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / at;
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - Math.log(product);
}
