// A real OpenID Connect provider (the certified npm `oidc-provider`) for the tests and the tour. It gives
// clients JWT access tokens by the client-credentials grant and changes its keys on command.
//
//   npm ci && node provider.mjs [OPTION]...
//
//   --port N                     on the loopback; 0, the default, takes a free one
//   --audience NAME              `aud` of its tokens; "sallyport" when absent
//   --client ID:SECRET[:GROUPS]  who may ask for tokens, with groups separated by commas; may be repeated;
//                                agent-7:agent-7-secret:agents when absent
//   --ttl SECONDS                of a token; 600 when absent
//   --cache SECONDS              what the key set says of its freshness; nothing when absent
//   --certificate FILE --key FILE  serve https
//
// Prints its address, which is the issuer, as the only line on standard output. A token:
//
//   curl -u agent-7:agent-7-secret -d grant_type=client_credentials ISSUER/token
//
// The keys, each answered with the ids of those that are published, the signing one first:
//
//   curl -X POST ISSUER/control/rotate           a new key signs from now on; the old ones stay published
//   curl -X POST ISSUER/control/retire           only the signing key stays published
//   curl -X POST ISSUER/control/remove?kid=KID   that key is gone
//
// Nothing is kept: every start makes new keys. It is for one machine and for tests, where anybody may ask
// for control.

import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { parseArgs } from 'node:util';

import { Provider } from 'oidc-provider';

// The library's advice for production.
console.info = console.error;

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    audience: { type: 'string', default: 'sallyport' },
    client: { type: 'string', multiple: true, default: ['agent-7:agent-7-secret:agents'] },
    ttl: { type: 'string', default: '600' },
    cache: { type: 'string' },
    certificate: { type: 'string' },
    key: { type: 'string' },
  },
});

const clients = options.client.map((text) => {
  const [id, secret, groups = ''] = text.split(':');
  return { id, secret, groups: groups.split(',').filter(Boolean) };
});

let made = 0;
function makeKey() {
  made += 1;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: `key-${made}`, use: 'sig', alg: 'RS256' };
}

function makeProvider(issuer, keys) {
  return new Provider(issuer, {
    jwks: { keys },
    clients: clients.map(({ id, secret }) => ({
      client_id: id,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      // RFC 8707: only a token for a resource is a JWT, so every token is for the one there is.
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:sallyport',
        getResourceServerInfo: () => ({
          scope: '',
          audience: options.audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: Number(options.ttl),
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (_context, token) => {
      const { groups } = clients.find(({ id }) => id === token.clientId);
      return { groups, realm_access: { roles: groups }, environment: 'test' };
    },
  });
}

const keys = [makeKey()]; // the first one signs
let issuer;
let answer;
const useKeys = () => { answer = makeProvider(issuer, keys).callback(); };

function control(url) {
  const action = url.pathname.slice('/control/'.length);
  if (action === 'rotate') keys.unshift(makeKey());
  else if (action === 'retire') keys.splice(1);
  else if (action === 'remove' && keys.length > 1) {
    const at = keys.findIndex(({ kid }) => kid === url.searchParams.get('kid'));
    if (at < 0) return false;
    keys.splice(at, 1);
  } else return false;
  useKeys();
  return true;
}

function onRequest(request, response) {
  const url = new URL(request.url, issuer);
  if (url.pathname.startsWith('/control/')) {
    response.statusCode = request.method === 'POST' && control(url) ? 200 : 400;
    response.end(`${keys.map(({ kid }) => kid).join(' ')}\n`);
    return;
  }
  if (options.cache !== undefined && url.pathname === '/jwks') {
    response.setHeader('Cache-Control', `max-age=${options.cache}`);
  }
  answer(request, response);
}

const secure = options.certificate !== undefined;
const server = secure
  ? https.createServer(
    { cert: readFileSync(options.certificate), key: readFileSync(options.key) }, onRequest)
  : http.createServer(onRequest);
server.listen(Number(options.port), '127.0.0.1', () => {
  issuer = `${secure ? 'https://localhost' : 'http://127.0.0.1'}:${server.address().port}`;
  useKeys();
  console.log(issuer);
});
