// Makes TypeScript's types from an OpenAPI document, compiles walk.ts with them, strictly, and walks:
// walk.mjs OPENAPI FOLDER URL DATA. What is made goes into FOLDER. Ends with 1 and what is wrong.
import { copyFileSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const [openapi, folder, url, data] = process.argv.slice(2);
const here = fileURLToPath(import.meta.url); // by the name in .build/npm, beside its packages
const fail = (what) => { console.error(what); process.exit(1); };

writeFileSync(join(folder, 'api.d.ts'), astToString(await openapiTS(JSON.parse(readFileSync(openapi, 'utf8')))));
copyFileSync(join(dirname(realpathSync(here)), 'walk.ts'), join(folder, 'walk.ts'));
writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
symlinkSync(join(dirname(here), 'node_modules'), join(folder, 'node_modules'));

const program = ts.createProgram([join(folder, 'walk.ts'), join(folder, 'api.d.ts')], {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitReturns: true,
  noUnusedLocals: true,
  skipLibCheck: true, // of the packages; api.d.ts is held against TypeScript below
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  typeRoots: [join(dirname(here), 'node_modules', '@types')],
  outDir: folder,
  rootDir: folder,
});
const diagnostics = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
if (diagnostics.length > 0)
  fail(ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name, getCurrentDirectory: () => folder, getNewLine: () => '\n',
  }));

const { walk } = await import(pathToFileURL(join(folder, 'walk.js')).href);
await walk(url, data).then(console.log, (error) => fail(`walk.ts: ${error.stack}`));
