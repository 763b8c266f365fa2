// Answers questions about whole sets of policies with the simulator of tests/oracle: a JSON batch a line on standard
// input, a JSON list of outcomes a line on standard output.
//
// A batch is {policies: [document], questions: [question]}. A question is
//   {principal, action, resource, account, context, identity: [n], boundary: [n] | null, session: n | null,
//    scps: [[n]], rcps: [[n]], endpoint: [n] | null, resource_policy: n | null}
// where n are places in `policies`. An outcome is "allowed", "denied", or "error: …".
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import '../oracle/collator.mjs'

const require = createRequire(new URL('../oracle/package.json', import.meta.url))
const policies = require('@cloud-copilot/iam-policy')
const { runSimulation } = require('@cloud-copilot/iam-simulate')

const VALIDATE = {
  identity: policies.validateIdentityPolicy,
  resource: policies.validateResourcePolicy,
  scp: policies.validateServiceControlPolicy,
  rcp: policies.validateResourceControlPolicy,
  endpoint: policies.validateEndpointPolicy
}
const OUTCOMES = { Allowed: 'allowed', ImplicitlyDenied: 'denied', ExplicitlyDenied: 'denied' }

function reader(documents) {
  const ready = new Map()
  return (n, kind) => {
    const key = `${n} ${kind}`
    if (!ready.has(key)) {
      ready.set(key, policies.createValidatedPolicy(documents[n], VALIDATE[kind], { name: String(n) }))
    }
    return ready.get(key)
  }
}

async function answer(question, read) {
  const named = (numbers, kind) => numbers.map((n) => ({ name: String(n), policy: read(n, kind) }))
  const levels = (list, kind) => list.map((numbers, level) => ({ orgIdentifier: `level ${level}`, policies: named(numbers, kind) }))
  const simulation = {
    request: {
      principal: question.principal,
      action: question.action,
      resource: { resource: question.resource, accountId: question.account },
      contextVariables: question.context
    },
    identityPolicies: named(question.identity, 'identity'),
    serviceControlPolicies: levels(question.scps, 'scp'),
    resourceControlPolicies: levels(question.rcps, 'rcp'),
    permissionBoundaryPolicies: question.boundary === null ? undefined : named(question.boundary, 'identity'),
    sessionPolicy: question.session === null ? undefined : read(question.session, 'identity'),
    vpcEndpointPolicies: question.endpoint === null ? undefined : named(question.endpoint, 'endpoint'),
    resourcePolicy: question.resource_policy === null ? undefined : read(question.resource_policy, 'resource')
  }
  const result = await runSimulation(simulation, {})
  if (result.resultType === 'error') return `error: ${JSON.stringify(result.errors)}`
  return OUTCOMES[result.overallResult] ?? `error: unknown outcome ${result.overallResult}`
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const batch = JSON.parse(line)
  const read = reader(batch.policies)
  const answers = []
  for (const question of batch.questions) {
    try {
      answers.push(await answer(question, read))
    } catch (error) {
      answers.push(`error: ${error}`)
    }
  }
  process.stdout.write(JSON.stringify(answers) + '\n')
}
