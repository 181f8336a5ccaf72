// Reads a line of JSON {html} at a time, answers with a line of JSON: what html-validate has to say, as [[rule, line, words]].
import { createInterface } from "node:readline";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const rules = JSON.parse(process.argv[2]);
const validator = new HtmlValidate(new StaticConfigLoader(rules));
for await (const line of createInterface({ input: process.stdin })) {
  const report = await validator.validateString(JSON.parse(line).html);
  const found = report.results.flatMap((result) => result.messages.map((one) => [one.ruleId, one.line, one.message]));
  process.stdout.write(JSON.stringify(found) + "\n");
}
