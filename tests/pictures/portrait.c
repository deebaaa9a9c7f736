/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A portrait of nobody, as PPM on standard output: a head and shoulders of
 * blended solids, ray-marched under two lamps and a sky, before lamps out of
 * focus, with skin, hair and wool of noise, and the grain of a sensor.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#define WIDTH 1600
#define HEIGHT 2000

typedef struct {
	double x, y, z;
} vec;

enum stuff { SKIN, HAIR, WOOL, EYE };

static vec
v(double x, double y, double z)
{
	return (vec){ x, y, z };
}

static vec
add(vec a, vec b, double k)
{
	return v(a.x + b.x * k, a.y + b.y * k, a.z + b.z * k);
}

static double
dot(vec a, vec b)
{
	return a.x * b.x + a.y * b.y + a.z * b.z;
}

static vec
unit(vec a)
{
	return add(v(0, 0, 0), a, 1 / sqrt(dot(a, a)));
}

static double
clamp(double t)
{
	return t < 0 ? 0 : t > 1 ? 1 : t;
}

static double
mix(double a, double b, double t)
{
	return a + (b - a) * t;
}

static double
step(double from, double to, double t)
{
	t = clamp((t - from) / (to - from));
	return t * t * (3 - 2 * t);
}

static double
hash(int x, int y, int z)
{
	uint32_t h = (uint32_t)x * 374761393u + (uint32_t)y * 668265263u +
		     (uint32_t)z * 2147483647u;

	h = (h ^ h >> 13) * 1274126177u;
	h = (h ^ h >> 16) * 2246822519u;
	return (h ^ h >> 15) / 4294967296.0;
}

static double
noise(vec p)
{
	int x = (int)floor(p.x), y = (int)floor(p.y), z = (int)floor(p.z);
	double u = step(0, 1, p.x - x), w = step(0, 1, p.y - y);
	double t = step(0, 1, p.z - z), s[2];

	for (int i = 0; i < 2; i++)
		s[i] = mix(mix(hash(x, y, z + i), hash(x + 1, y, z + i), u),
			   mix(hash(x, y + 1, z + i), hash(x + 1, y + 1, z + i),
			       u),
			   w);
	return mix(s[0], s[1], t);
}

static double
fractal(vec p, int octaves)
{
	double sum = 0, weight = 0.5;

	while (octaves-- > 0) {
		sum += weight * noise(p);
		p = add(v(0, 0, 0), p, 2.03);
		weight /= 2;
	}
	return sum;
}

static double
ellipsoid(vec p, vec centre, vec r)
{
	vec q = add(p, centre, -1);
	double k0, k1;

	q = v(q.x / r.x, q.y / r.y, q.z / r.z);
	k0 = sqrt(dot(q, q));
	q = v(q.x / r.x, q.y / r.y, q.z / r.z);
	k1 = sqrt(dot(q, q));
	return k0 * (k0 - 1) / (k1 + 1e-9);
}

static double
capsule(vec p, vec a, vec b, double r)
{
	vec pa = add(p, a, -1), ba = add(b, a, -1);
	vec d = add(pa, ba, -clamp(dot(pa, ba) / dot(ba, ba)));

	return sqrt(dot(d, d)) - r;
}

/* The union of two solids, with a fillet of about k. */
static double
blend(double a, double b, double k)
{
	double h = clamp(0.5 + 0.5 * (b - a) / k);

	return mix(b, a, h) - k * h * (1 - h);
}

static double
carve(double a, double b, double k)
{
	return -blend(-a, b, k);
}

static double
face(vec p)
{
	vec m = v(fabs(p.x), p.y, p.z); /* one half is enough */
	double d = ellipsoid(p, v(0, 0.25, 0), v(0.74, 0.92, 0.84));

	d = blend(d, ellipsoid(p, v(0, -0.36, 0.2), v(0.5, 0.52, 0.52)), 0.3);
	d = blend(d, ellipsoid(m, v(0.33, -0.02, 0.55), v(0.22, 0.2, 0.2)),
		  0.2);
	d = carve(d, ellipsoid(m, v(0.29, 0.2, 0.87), v(0.19, 0.1, 0.14)),
		  0.12);
	d = blend(d, capsule(p, v(0, 0.2, 0.78), v(0, -0.1, 0.95), 0.055),
		  0.12);
	d = blend(d, ellipsoid(p, v(0, -0.12, 0.93), v(0.1, 0.075, 0.1)), 0.06);
	d = blend(d, ellipsoid(m, v(0.1, -0.14, 0.86), v(0.06, 0.05, 0.07)),
		  0.05);
	d = blend(d, ellipsoid(p, v(0, -0.375, 0.7), v(0.2, 0.045, 0.09)),
		  0.04);
	d = blend(d, ellipsoid(p, v(0, -0.455, 0.68), v(0.17, 0.055, 0.1)),
		  0.05);
	d = carve(d, ellipsoid(p, v(0, -0.413, 0.82), v(0.21, 0.012, 0.09)),
		  0.02);
	d = blend(d, ellipsoid(p, v(0, -0.7, 0.55), v(0.17, 0.13, 0.15)), 0.15);
	d = blend(d, ellipsoid(m, v(0.76, 0.02, -0.02), v(0.08, 0.2, 0.13)),
		  0.05);
	d = blend(d, capsule(p, v(0, -0.5, -0.1), v(0, -1.4, -0.2), 0.4), 0.2);
	return d;
}

static double
hair(vec p)
{
	double d = ellipsoid(p, v(0, 0.48, -0.13), v(0.86, 0.84, 0.9));
	double line = 0.62 + 0.16 * p.x + 0.05 * sin(p.x * 9);
	vec strand = v(p.x * 20 + 4 * noise(add(p, p, 1)), p.y * 3, p.z * 20);

	d = carve(d,
		  ellipsoid(p, v(0.04, line - 0.72, 0.95), v(0.6, 0.72, 0.8)),
		  0.08);
	d = carve(d, ellipsoid(p, v(0, -0.72, 0.3), v(1.3, 0.62, 1.3)), 0.1);
	return d - 0.03 * fractal(strand, 3);
}

static double
wool(vec p)
{
	vec m = v(fabs(p.x), p.y, p.z);
	double d = capsule(m, v(0, -1.85, -0.25), v(1.05, -2.1, -0.3), 0.52);
	double collar;

	d = blend(d, ellipsoid(p, v(0, -3, -0.2), v(1.5, 1.5, 0.8)), 0.4);
	collar = fabs(capsule(p, v(0, -1.15, -0.15), v(0, -1.6, -0.2), 0.5)) -
		 0.07;
	collar = fmax(collar, p.y + 1.12);
	return blend(d, collar, 0.12) -
	       0.012 * sin(p.x * 60) * sin(p.y * 48 + p.x * 8);
}

static double
eye(vec p)
{
	return ellipsoid(v(fabs(p.x), p.y, p.z), v(0.285, 0.19, 0.665),
			 v(0.125, 0.105, 0.12));
}

/* The lids lie on the eyes. */
static double
lids(vec p)
{
	vec m = v(fabs(p.x), p.y, p.z);
	double d = ellipsoid(m, v(0.285, 0.19, 0.655), v(0.155, 0.12, 0.135));
	double open = ellipsoid(m, v(0.285, 0.185, 0.8), v(0.118, 0.05, 0.2));

	return carve(d, open, 0.015);
}

static double
scene(vec p, enum stuff *stuff)
{
	double d[] = { fmin(face(p), lids(p)), hair(p), wool(p), eye(p) };
	enum stuff nearest = SKIN;

	d[SKIN] = blend(face(p), lids(p), 0.04);
	for (enum stuff s = HAIR; s <= EYE; s++) {
		if (d[s] < d[nearest])
			nearest = s;
	}
	*stuff = nearest;
	return d[nearest];
}

static vec
normal(vec p)
{
	enum stuff s;
	double e = 0.0015;

	return unit(v(scene(add(p, v(e, 0, 0), 1), &s) -
			      scene(add(p, v(e, 0, 0), -1), &s),
		      scene(add(p, v(0, e, 0), 1), &s) -
			      scene(add(p, v(0, e, 0), -1), &s),
		      scene(add(p, v(0, 0, e), 1), &s) -
			      scene(add(p, v(0, 0, e), -1), &s)));
}

static double
shadow(vec p, vec to)
{
	double light = 1, t = 0.04;
	enum stuff s;

	for (int i = 0; i < 28 && t < 4; i++) {
		double d = scene(add(p, to, t), &s);

		light = fmin(light, 7 * d / t);
		t += fmax(d, 0.03);
	}
	return clamp(light);
}

static vec
skin_colour(vec p)
{
	double n = fractal(add(v(0, 0, 0), p, 7), 4);
	double fine = fractal(add(v(9, 9, 9), p, 60), 3);
	double cheek =
		exp(-14 * (pow(fabs(p.x) - 0.36, 2) + pow(p.y + 0.08, 2)));
	double lip = p.z > 0.55 ? exp(-pow(p.x / 0.17, 4) -
				      pow((p.y + 0.415) / 0.075, 4))
				: 0;
	double brow_line = 0.4 - 0.5 * pow(fabs(p.x) - 0.27, 2);
	double brow = p.z > 0.4 ? exp(-pow((fabs(p.x) - 0.28) / 0.18, 6) -
				      pow((p.y - brow_line) / 0.033, 2))
				: 0;
	vec c = v(0.62 + 0.1 * n, 0.36 + 0.07 * n, 0.25 + 0.06 * n);

	c = add(c, v(0.1, -0.04, -0.03), cheek);
	c = add(v(0, 0, 0), c, 0.9 + 0.2 * fine);
	c = v(mix(c.x, 0.5, lip), mix(c.y, 0.16, lip), mix(c.z, 0.15, lip));
	brow *= 0.5 + 0.8 * noise(v(p.x * 90 + p.y * 60, p.y * 25, 3));
	brow = clamp(brow);
	return v(mix(c.x, 0.07, brow), mix(c.y, 0.04, brow),
		 mix(c.z, 0.03, brow));
}

static vec
eye_colour(vec p)
{
	double r = hypot(fabs(p.x) - 0.275, p.y - 0.187);
	double fibre =
		noise(v(atan2(p.y - 0.187, fabs(p.x) - 0.275) * 14, r * 30, 1));
	double iris = 1 - step(0.052, 0.058, r);
	double pupil = 1 - step(0.02, 0.024, r);
	vec c = v(0.62, 0.58, 0.55);

	c = v(mix(c.x, 0.1 + 0.1 * fibre, iris),
	      mix(c.y, 0.22 + 0.16 * fibre, iris),
	      mix(c.z, 0.26 + 0.2 * fibre, iris));
	return add(v(0, 0, 0), c, 1 - 0.97 * pupil);
}

static vec
colour(vec p, enum stuff stuff)
{
	double n;

	switch (stuff) {
	case HAIR:
		n = fractal(v(p.x * 40, p.y * 5, p.z * 40), 4);
		return v(0.06 + 0.16 * n, 0.035 + 0.09 * n, 0.02 + 0.045 * n);
	case WOOL:
		n = fractal(add(v(0, 0, 0), p, 30), 4);
		return v(0.05 + 0.08 * n, 0.12 + 0.14 * n, 0.2 + 0.18 * n);
	case EYE:
		return eye_colour(p);
	case SKIN:
		break;
	}
	return skin_colour(p);
}

/* Lamps far away, round and soft, and dusk between them. */
static vec
background(double x, double y)
{
	vec c = v(0.05 + 0.03 * y, 0.07 + 0.035 * y, 0.1 + 0.05 * y);
	double wall = fractal(v(x * 1.5, y * 1.5, 2), 4);

	c = add(c, v(0.05, 0.045, 0.03), wall);
	for (int i = 0; i < 46; i++) {
		double r = 0.07 + 0.13 * hash(i, 1, 5);
		double d = hypot(x - 3.4 * (hash(i, 2, 5) - 0.5),
				 y - 4.2 * (hash(i, 3, 5) - 0.4));
		double edge = 1 - step(r - 0.02, r + 0.02, d);
		double rim = 1 + 0.5 * step(r * 0.7, r, d);
		double power = 0.03 + 0.22 * pow(hash(i, 4, 5), 2);
		double warm = hash(i, 5, 5);

		c = add(c, v(1, mix(0.55, 0.85, warm), mix(0.2, 0.8, warm)),
			edge * rim * power);
	}
	return c;
}

static vec
shade(vec p, vec ray, enum stuff stuff)
{
	static const double gloss[] = { 0.16, 0.2, 0.01, 0.9 };
	static const double polish[] = { 18, 26, 4, 160 };
	vec n = normal(p), key = unit(v(-0.7, 0.75, 0.9));
	vec rim = unit(v(0.95, 0.35, -0.35)), c = colour(p, stuff), half;
	double lit, light, sky, edge, shine;

	if (stuff == SKIN)
		n = unit(add(n,
			     v(fractal(add(v(1, 1, 1), p, 75), 3) - 0.44,
			       fractal(add(v(5, 5, 5), p, 75), 3) - 0.44, 0),
			     0.16));
	lit = shadow(add(p, n, 0.01), key);
	light = dot(n, key);
	half = unit(add(key, ray, -1));
	/* Light that goes through skin comes out red behind the edge. */
	if (stuff == SKIN)
		light = (light + 0.22) / 1.22;
	light = fmax(light, 0) * lit;
	sky = 0.5 + 0.5 * n.y;
	edge = pow(fmax(dot(n, rim), 0), 1.5) * shadow(add(p, n, 0.01), rim);
	shine = gloss[stuff] * pow(fmax(dot(n, half), 0), polish[stuff]) * lit;
	c = v(c.x * (1.55 * light + 0.2 * sky + 0.55 * edge + 0.05),
	      c.y * (1.42 * light + 0.23 * sky + 0.62 * edge + 0.04),
	      c.z * (1.25 * light + 0.3 * sky + 0.75 * edge + 0.04));
	return add(c, v(1, 0.97, 0.9), shine);
}

static vec
trace(double x, double y)
{
	vec eye_at = v(0.15, 0.1, 7.5);
	vec ray = unit(v(x * 0.246 - 0.02, y * 0.246 - 0.047, -1));
	enum stuff stuff = SKIN;
	double t = 5.5;

	for (int i = 0; i < 120 && t < 10; i++) {
		vec p = add(eye_at, ray, t);
		double d = scene(p, &stuff);

		if (d < 0.0008)
			return shade(p, ray, stuff);
		t += d * 0.8;
	}
	return background(x, y);
}

static int
develop(double light, double grain)
{
	double film = light * (2.51 * light + 0.03) /
		      (light * (2.43 * light + 0.59) + 0.14);
	double value = pow(clamp(film), 1 / 2.2);

	return (int)(255 * clamp(value + grain * (1.2 - value)) + 0.5);
}

static void
pixel(int px, int py)
{
	vec c = { 0, 0, 0 };
	double away, grain, tint;

	for (int s = 0; s < 4; s++) { /* four rays, so that edges are soft */
		double x = px + 0.25 + 0.5 * (s % 2);
		double y = py + 0.25 + 0.5 * (s >> 1);

		c = add(c,
			trace((x - WIDTH / 2.0) / (WIDTH / 2.0),
			      (HEIGHT / 2.0 - y) / (WIDTH / 2.0)),
			0.25);
	}
	away = hypot(px - WIDTH / 2.0, py - HEIGHT / 2.0) / HEIGHT;
	c = add(v(0, 0, 0), c, 1.25 - 1.1 * away * away);
	grain = (hash(px, py, 11) + hash(px, py, 12) + hash(px, py, 13) - 1.5) *
		0.022;
	tint = (hash(px, py, 14) - 0.5) * 0.012;
	putchar(develop(c.x, grain + tint));
	putchar(develop(c.y, grain));
	putchar(develop(c.z, grain - tint));
}

int
main(void)
{
	printf("P6\n%d %d\n255\n", WIDTH, HEIGHT);
	for (int y = 0; y < HEIGHT; y++) {
		for (int x = 0; x < WIDTH; x++)
			pixel(x, y);
	}
	return 0;
}
