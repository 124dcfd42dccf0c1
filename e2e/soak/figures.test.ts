import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Course, courseOf, growthIn, type Sample } from "./figures.ts";

const steady = { megabytes: [110, 111, 112], descriptors: [40, 40, 40], heapFloor: [14, 14, 14.5] } as const;

describe("growth", () => {
  const courses: readonly (readonly [what: string, course: Course, found: readonly string[]])[] = [
    ["is not what stays", steady, []],
    ["is not noise", { ...steady, megabytes: [110, 118, 119] }, []],
    ["is not what shrinks", { ...steady, megabytes: [120, 110, 100] }, []],
    [
      "is memory that goes up",
      { ...steady, megabytes: [110, 118, 126] },
      ["megabytes went from 110 by 118 to 126"],
    ],
    ["is not a warm-up that ends late", { ...steady, megabytes: [107, 116.6, 118.1] }, []],
    [
      "is descriptors that go up",
      { ...steady, descriptors: [40, 43, 46] },
      ["descriptors went from 40 by 43 to 46"],
    ],
    [
      "is a heap that collections leave larger",
      { ...steady, heapFloor: [14, 16, 18] },
      ["heapFloor went from 14 by 16 to 18"],
    ],
    [
      "is what nobody could measure",
      { ...steady, megabytes: [Number.NaN, 1, 1] },
      ["megabytes went from NaN by 1 to 1"],
    ],
  ];
  for (const [what, course, found] of courses) it(what, () => assert.deepEqual(growthIn(course), found));
});

it("a course is what comes after the warm-up, in thirds", () => {
  const samples = Array.from({ length: 400 }, (_, at): Sample => {
    const third = Math.floor((at - 100) / 100);
    return {
      at,
      megabytes: at === 150 ? 900 : 100 + third,
      descriptors: at < 100 ? 500 : 30,
      heap: 20 + (at % 7),
    };
  });
  assert.deepEqual(courseOf(samples, 400), {
    megabytes: [100, 101, 102],
    descriptors: [30, 30, 30],
    heapFloor: [20, 20, 20],
  });
});
