// Checks an OpenAPI document with Redocly's linter, every recommended rule an error: check_openapi.mjs FILE. Ends with 1
// and what is wrong when it finds anything; otherwise says what it read.
import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';

const source = readFileSync(process.argv[2], 'utf8');
const config = await createConfig({
  extends: ['recommended-strict'],
  rules: {
    'operation-tag-defined': 'error',
    'parameter-description': 'error',
    'path-params-defined': 'error',
    'no-invalid-schema-examples': 'error',
    'no-invalid-parameter-examples': 'error',
    'spec-components-invalid-map-name': 'error',
    'component-name-unique': 'error',
    // What takes neither a parameter, a body nor a credential cannot be refused: below.
    'operation-4xx-response': 'off',
  },
});
const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config });
const wrong = problems.map((one) => `${one.location[0]?.pointer ?? ''}: ${one.message} (${one.ruleId})`);

const document = JSON.parse(source);
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, ...operation })));
const described = (schema) => schema && (schema.$ref || schema.allOf || schema.anyOf || schema.oneOf || schema.type || schema.enum);
for (const { name, parameters = [], requestBody, security, responses } of operations) {
  const refusable = parameters.length > 0 || requestBody || !(security && security.length === 0);
  if (refusable && !Object.keys(responses).some((status) => status.startsWith('4')))
    wrong.push(`${name}: says of no refusal (4XX)`);
  for (const one of parameters)
    if (!described(one.schema)) wrong.push(`${name}: the parameter ${one.name} has no type`);
  for (const [status, { content }] of Object.entries(responses))
    for (const [type, { schema }] of Object.entries(content ?? {}))
      if (!described(schema)) wrong.push(`${name}: ${status} as ${type} has no schema`);
}
for (const one of wrong) console.error(one);
if (wrong.length > 0) process.exit(1);
console.log(`valid: ${operations.length} operations, ${Object.keys(document.components.schemas).length} schemas`);
