// That index.d.ts declares what the JavaScript has, and nothing else: every export, member, parameter
// and option, of anystep and of the element, both ways; and that page.ts uses every member.
//
//   node declared.mjs <folder of the typescript package>

import { createRequire } from "node:module";
import { join } from "node:path";

const ts = createRequire(import.meta.url)(process.argv[2]);
const ROOT = join(import.meta.dirname, "../..");
const JS = join(ROOT, "web/anystep/web/js");
const CONSUMER = join(import.meta.dirname, "page.ts");
/** What the browser calls. */
const REACTIONS = ["attributeChangedCallback", "connectedCallback"];

const pairs = [join(JS, "index"), join(JS, "element/index")];
const program = ts.createProgram(
  [...pairs.flatMap((path) => [`${path}.js`, `${path}.d.ts`]), CONSUMER],
  {
    allowJs: true,
    noEmit: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.esnext.d.ts", "lib.dom.d.ts"],
    types: [],
  },
);
const checker = program.getTypeChecker();
const complaints = [];

/** The values that a module exports, by name; without those that are types only. */
function exportsOf(path) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(path));
  const found = checker.getExportsOfModule(module).map((symbol) => {
    const alias = symbol.flags & ts.SymbolFlags.Alias;
    return [symbol.name, alias ? checker.getAliasedSymbol(symbol) : symbol];
  });
  return new Map(found.filter(([, { flags }]) => flags & ts.SymbolFlags.Value));
}

/** The members that a class has of its own or inherits, by name; without private ones. */
function membersOf(symbol) {
  const members = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol));
  const isPrivate = ({ valueDeclaration: node }) => node?.name && ts.isPrivateIdentifier(node.name);
  return new Map(members.filter((one) => !isPrivate(one)).map((one) => [one.name, one]));
}

function isOurs(symbol) {
  return symbol.declarations.some((node) => node.getSourceFile().fileName.startsWith(JS));
}

/** Both ways: whatever one of two maps has, the other has too. `what` says whose they are. */
function same(what, real, declared, inherited = new Map()) {
  for (const name of real.keys()) {
    if (!declared.has(name) && !inherited.has(name)) {
      complaints.push(`${what}: index.d.ts does not declare ${name}`);
    }
  }
  for (const name of declared.keys()) {
    if (!real.has(name)) complaints.push(`${what}: index.d.ts declares ${name}, and there is none`);
  }
}

function functionOf(symbol) {
  return symbol.declarations.find((node) => ts.isFunctionLike(node) && !ts.isAccessor(node));
}

/** The parameters of a function, one by one: how many, which may be left out, options by name. */
function sameParameters(what, real, declared) {
  const [here, there] = [functionOf(real), functionOf(declared)];
  if (!here !== !there) complaints.push(`${what}: a function on one side only`);
  if (!here || !there) return;
  if (here.parameters.length !== there.parameters.length) {
    complaints.push(
      `${what}: ${here.parameters.length} parameters, ${there.parameters.length} declared`,
    );
    return;
  }
  here.parameters.forEach((parameter, at) => {
    const promised = there.parameters[at];
    if (parameter.initializer && !promised.questionToken) {
      complaints.push(`${what}: parameter ${at + 1} may be left out, and that is not declared`);
    }
    if (ts.isObjectBindingPattern(parameter.name)) sameOptions(what, parameter.name, promised);
  });
}

function sameOptions(what, { elements }, promised) {
  const type = checker.getNonNullableType(checker.getTypeAtLocation(promised));
  const declared = new Map(checker.getPropertiesOfType(type).map((one) => [one.name, one]));
  const taken = new Map(
    elements
      .filter(({ dotDotDotToken }) => !dotDotDotToken)
      .map((element) => [(element.propertyName ?? element.name).getText(), element]),
  );
  // What is left over is passed on, and looked at elsewhere.
  const rest = elements.some(({ dotDotDotToken }) => dotDotDotToken);
  same(`${what}, options`, taken, rest ? taken : declared, declared);
  for (const [name, { initializer }] of taken) {
    const optional = declared.get(name)?.flags & ts.SymbolFlags.Optional;
    if (initializer && !optional)
      complaints.push(`${what}: option ${name} is not declared optional`);
  }
}

/** The names that the consumer's program mentions after a dot. */
function mentioned() {
  const names = new Set();
  const visit = (node) => {
    if (ts.isPropertyAccessExpression(node)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(program.getSourceFile(CONSUMER));
  return names;
}

const used = mentioned();
for (const path of pairs) {
  const [real, declared] = [exportsOf(`${path}.js`), exportsOf(`${path}.d.ts`)];
  same(path.slice(JS.length + 1), real, declared);
  for (const [name, symbol] of declared) {
    if (!real.has(name)) continue;
    if (!(symbol.flags & ts.SymbolFlags.Class)) {
      sameParameters(name, real.get(name), symbol);
      continue;
    }
    const [members, promised] = [membersOf(real.get(name)), membersOf(symbol)];
    const own = (all) => new Map([...all].filter(([, one]) => isOurs(one)));
    const ours = own(members);
    for (const reaction of REACTIONS) ours.delete(reaction);
    same(name, ours, own(promised), promised);
    for (const [member, one] of own(promised)) {
      if (ours.has(member)) sameParameters(`${name}.${member}`, ours.get(member), one);
      if (!used.has(member)) complaints.push(`${name}.${member}: page.ts does not use it`);
    }
  }
}

const element = `${pairs[1]}.js`;
const named = (path, pattern) => {
  const text = program.getSourceFile(path).text;
  return new Map([...text.matchAll(pattern)].map(([, name]) => [name, name]));
};
same(
  "events of AnystepGraph",
  named(element, /#tell\("(\w+)"/g),
  named(element.replace(".js", ".d.ts"), /"anystep-(\w+)": CustomEvent/g),
);

for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;
