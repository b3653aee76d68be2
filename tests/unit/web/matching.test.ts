// What is typed for an office or a subject, and what it means.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fitting, rank } from "../../../web/browser/combo/matching";

const HOUSING = { name: "市住房和城乡建设局", sounds: "shi zhu fang he cheng xiang jian she ju" };
const LAMPS = { name: "市路灯管理所", sounds: "shi lu deng guan li suo" };
const LAND = { name: "市自然资源和规划局", sounds: "shi zi ran zi yuan he gui hua ju" };
const FAITHS = {
  name: "市委统战部（市民族宗教事务局）",
  sounds: "shi wei tong zhan bu （ shi min zu zong jiao shi wu ju ）",
};
const FUND = { name: "住房公积金管理部", sounds: "zhu fang gong ji jin guan li bu" };
const ALL = [LAND, HOUSING, LAMPS];

test("a part, some characters in their order, pinyin and initials all mean the office", () => {
  for (const typed of [
    "住房",
    "住建局",
    "zhufang",
    "zhufanghecheng",
    "zhuf",
    "szfh",
    "zfh",
    "zjj",
    "zhujianju",
    " Zhu Fang ",
  ]) {
    assert.deepEqual(fitting(typed, ALL), [HOUSING], typed);
  }
});

test("the nearest is the first, and nothing is found for what means nothing", () => {
  assert.deepEqual(fitting("ludeng", ALL), [LAMPS]);
  assert.deepEqual(fitting("局", ALL), [LAND, HOUSING]);
  assert.deepEqual(fitting("xyz", ALL), []);
  assert.deepEqual(fitting("灯路", ALL), []);
  assert.deepEqual(fitting("", ALL), ALL);
  assert.deepEqual(fitting("zjj", [FAITHS, FUND, HOUSING]), [HOUSING, FUND, FAITHS]);
  assert.ok(rank("zhu", HOUSING)! < rank("zjj", HOUSING)!);
});

test("a long text is answered at once", () => {
  const began = performance.now();
  rank("s".repeat(300), { name: "x", sounds: Array(200).fill("ssssss").join(" ") });
  assert.ok(performance.now() - began < 2000);
});
