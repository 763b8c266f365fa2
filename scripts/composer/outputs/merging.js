// Writes AWS CLI commands that merge statements into policies that are there: read, merge by Sid, show the difference. As
// scripts/sagemaker_roles/outputs/merging.py.

import { canonical, spaced } from "../canonical.js";
import { BOUNDARY, DELEGATION, kindsOf } from "../engine/companions.js";
import { boundaryOf } from "../engine/delegation.js";
import { KINDS } from "../engine/endpoints.js";
import { parse, partsOf } from "../iam/parts.js";
import { quoted } from "./commands.js";
import { oneLine } from "./forms.js";

/** How the policy of an endpoint is read and written: a VPC has one endpoint of a service that serves its subnets. */
const ENDPOINT = {
  read: ({ service }) =>
    `aws ec2 describe-vpc-endpoints --filters "Name=vpc-id,Values=\${VPC_ID:?}" Name=service-name,Values=${service}` +
    " --query 'VpcEndpoints[0].PolicyDocument' --output text",
  write: ({ file }) =>
    `aws ec2 modify-vpc-endpoint --vpc-endpoint-id "\${VPC_ENDPOINT_ID:?}" --policy-document file://${file}`,
};
const BUCKET = {
  read: ({ name }) => `aws s3api get-bucket-policy --bucket ${name} --query Policy --output text`,
  write: ({ name, file }) => `aws s3api put-bucket-policy --bucket ${name} --policy file://${file}`,
};

/** How the policy of a kind of resource is read and written, by kind of data/companions. */
const COMMANDS = {
  "access-point-policy": {
    read: ({ account, name }) =>
      `aws s3control get-access-point-policy --account-id ${account} --name ${name} --query Policy --output text`,
    write: ({ account, name, file }) =>
      `aws s3control put-access-point-policy --account-id ${account} --name ${name} --policy file://${file}`,
  },
  "bucket-policy": BUCKET,
  "directory-bucket-policy": BUCKET,
  "function-policy": {
    read: ({ arn }) => `aws lambda get-policy --function-name ${arn} --query Policy --output text`,
    write: () => "",
  },
  "gateway-endpoint-policy": ENDPOINT,
  "interface-endpoint-policy": ENDPOINT,
  "key-policy": {
    read: ({ key }) => `aws kms get-key-policy --key-id ${key} --policy-name default --query Policy --output text`,
    write: ({ key, file }) => `aws kms put-key-policy --key-id ${key} --policy-name default --policy file://${file}`,
  },
  "queue-policy": {
    read: ({ queue }) =>
      `aws sqs get-queue-attributes --queue-url ${queue} --attribute-names Policy --query Attributes.Policy --output text`,
    write: ({ queue, file }) =>
      `aws sqs set-queue-attributes --queue-url ${queue} --attributes "$(jq '{Policy: tojson}' ${file})"`,
  },
  "repository-policy": {
    read: ({ account, name }) =>
      `aws ecr get-repository-policy --registry-id ${account} --repository-name ${name} --query policyText --output text`,
    write: ({ account, name, file }) =>
      `aws ecr set-repository-policy --registry-id ${account} --repository-name ${name} --policy-text file://${file}`,
  },
  "secret-policy": {
    read: ({ arn }) => `aws secretsmanager get-resource-policy --secret-id ${arn} --query ResourcePolicy --output text`,
    write: ({ arn, file }) => `aws secretsmanager put-resource-policy --secret-id ${arn} --resource-policy file://${file}`,
  },
  "topic-policy": {
    read: ({ arn }) => `aws sns get-topic-attributes --topic-arn ${arn} --query Attributes.Policy --output text`,
    write: ({ arn, file }) =>
      `aws sns set-topic-attributes --topic-arn ${arn} --attribute-name Policy --attribute-value file://${file}`,
  },
};

/** Keeps every statement but those whose Sid is among the new ones, which come last. */
const MERGE =
  ".Statement = [[.Statement] | flatten | .[] | select(.Sid as $sid | $new[0].Statement | any(.Sid == $sid) | not)]" +
  " + $new[0].Statement";

/** The commands, for a POSIX shell with jq; what needs no policy is a comment. */
export function merging(catalog, companions) {
  const limits = new Map(kindsOf(catalog).map((kind) => [kind.id, kind.limit]));
  const lines = [];
  let number = 0;
  for (const one of companions) {
    lines.push(comment(`${one.kind} of ${one.resource} (needed: ${one.needed})`), comment(one.why), ...one.notes.map(comment));
    if (one.document.statements.length && one.kind === BOUNDARY) {
      lines.push(...boundary(one));
    } else if (one.document.statements.length && one.kind === DELEGATION) {
      const document = quoted(spaced(one.document.toJSON()));
      lines.push(`aws iam create-policy --policy-name sagemaker-role-creators --policy-document ${document}`);
    } else if (one.document.statements.length) {
      number += 1;
      lines.push(...merge(one, `${one.kind}-${number}`, limits.get(one.kind)));
    }
    lines.push("");
  }
  return lines.join("\n");
}

function merge(one, stem, limit) {
  const [fresh, now, before, merged] = ["new", "now", "before", "merged"].map((state) => `${stem}.${state}.json`);
  const values = { ...valuesOf(one), file: merged };
  const region = regionOf(one);
  const { read, write } = COMMANDS[one.kind];
  const lines = one.account ? [comment(`Run this in the account ${one.account}.`)] : [];
  lines.push(`cat > ${fresh} <<'END'`, canonical(one.document.toJSON()).trimEnd(), "END", `${inRegion(read(values), region)} > ${now}`);
  lines.push(comment(`If there is no policy yet: echo '{"Version": "2012-10-17", "Statement": []}' > ${now}`));
  // As it is stored, since white space counts for most kinds.
  lines.push(`jq -c --slurpfile new ${fresh} ${quoted(MERGE)} ${now} > ${merged}`);
  lines.push(`jq . ${now} > ${before}; jq . ${merged} | diff -u ${before} - || true`);
  const most = limit.most.toLocaleString("en");
  const count = `wc -${limit.countsBytes ? "c" : "m"} < ${merged}`;
  lines.push(`[ "$(${count})" -le ${limit.most} ] || echo "${merged} is longer than the ${most} that AWS accepts" >&2`);
  if (limit.statements) {
    lines.push(
      `[ "$(jq '.Statement | length' ${merged})" -le ${limit.statements} ] ||` +
        ` echo "${merged} has more than ${limit.statements} statements" >&2`,
    );
  }
  lines.push(comment("When the difference is what you want:"));
  const written = one.kind === "function-policy" ? granted(one, region) : [inRegion(write(values), region)];
  return [...lines, ...written.map(comment)];
}

/** AWS Lambda adds one action of one principal at a time, to a function, a version, or an alias. */
function granted(one, region) {
  return one.document.statements.flatMap((statement) =>
    statement.actions.flatMap((action) => {
      const sid = statement.sid + (statement.actions.length > 1 ? action.slice(action.indexOf(":") + 1) : "");
      return statement.principal.flatMap(([, names]) => names).map((principal) => {
        const options = `--statement-id ${sid} --action ${action} --principal ${quoted(principal)}`;
        return inRegion(`aws lambda add-permission --function-name ${quoted(one.resource)} ${options}`, region);
      });
    }),
  );
}

/** The Region of a resource or endpoint service; "" for a bucket, whose name does not show it. */
function regionOf({ resource }) {
  const arn = parse(resource);
  return arn ? arn.region : (/\.([a-z]{2,4}-[a-z-]+-[0-9]+|\$\{Region\})\./.exec(resource)?.[1] ?? "");
}

/** A command with the Region behind the operation of each call. */
function inRegion(command, region) {
  return region ? command.replace(/\baws [a-z0-9]+ [a-z-]+/g, (call) => `${call} --region ${quoted(region)}`) : command;
}

function valuesOf(one) {
  if (Object.values(KINDS).includes(one.kind)) return { service: quoted(one.resource) };
  const { resource } = partsOf(one.resource);
  const name = one.kind === "bucket-policy" ? resource : resource.includes("/") ? resource.slice(resource.indexOf("/") + 1) : "";
  const arn = quoted(one.resource);
  // The policy of a key is not read by its alias.
  const ofAlias = `"$(aws kms describe-key --key-id ${arn} --query KeyMetadata.Arn --output text)"`;
  const account = quoted(one.account);
  // The URL of a queue differs by partition, so Amazon SQS says it.
  const owner = `--queue-name ${quoted(resource)} --queue-owner-aws-account-id ${account}`;
  return {
    arn,
    account,
    name: quoted(name),
    key: one.resource.includes(":alias/") ? ofAlias : arn,
    queue: `"$(aws sqs get-queue-url ${owner} --query QueueUrl --output text)"`,
  };
}

function boundary(one) {
  const { partition, account, resource } = partsOf(one.resource);
  const role = resource.slice(resource.lastIndexOf("/") + 1);
  const arn = boundaryOf(one.resource);
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const document = quoted(spaced(one.document.toJSON()));
  const to = `--role-name ${quoted(role)} --permissions-boundary ${quoted(`arn:${partition}:iam::${account}:policy/${name}`)}`;
  return [
    `aws iam create-policy --policy-name ${quoted(name)} --policy-document ${document}`,
    comment("A role has one boundary. See whether it has one that this would replace:"),
    `aws iam get-role --role-name ${quoted(role)} --query Role.PermissionsBoundary`,
    comment("Then:"),
    comment(`aws iam put-role-permissions-boundary ${to}`),
  ];
}

function comment(line) {
  return `# ${oneLine(line)}`;
}
