const base = "https://site.example/v1/VERSION/operations/CreateEndpointConfig/execution";
const values: Record<string, string> = { Partition: "aws", Region: "us-west-2", Account: "111122223333" };
const answer = await fetch(`${base}/policy.json`);
console.log((await answer.text()).replace(/\$\{([A-Z]\w*)\}/g, (text, name) => values[name] ?? text));
