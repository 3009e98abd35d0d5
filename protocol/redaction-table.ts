/**
 * What is redacted when a value or a sentence leaves a process: names of keys and forms of texts, as data, so that
 * every companion redacts the same. `fixtures/redaction.json` repeats this table and has a case for each entry.
 *
 * Patterns are of the common subset of ECMAScript and Python, matched anywhere in a text, case-sensitive, with no
 * class but explicit ones (`\s` and `\b` differ). Each is linear in the text: a run of characters is entered once (by
 * the lookbehind before it), or the part that may fail is bounded.
 */

/** A key that contains one of these, normalized. */
export const SECRET_NAME_PARTS: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'passwort',
  'kennwort',
  'motdepasse',
  'contrasena',
  'secret',
  'token',
  'apikey',
  'accesskey',
  'accountkey',
  'authkey',
  'encryptionkey',
  'masterkey',
  'privatekey',
  'privkey',
  'signingkey',
  'subscriptionkey',
  'authorization',
  'authcode',
  'credential',
  'sessionkey',
  'sessionid',
  'sessid',
  'connectsid',
  'creditcard',
  'cardnumber',
  'accountnumber',
  'routingnumber',
  'socialsecurity',
  'csrf',
  'xsrf',
  'authuserhash',
  'jwt',
  'bearer',
  'verifier',
  'clientassertion',
  'samlresponse',
  'oauthstate',
  'oauth2state',
  'oidcstate',
  'recoverycode',
  'backupcode',
  'resetcode',
  'verificationcode',
  'securitycode',
  'devicecode',
  'usercode',
  'magiclink',
  'resetlink',
  'mnemonic',
  'seedphrase',
];

/** A key that is one of these, normalized. */
export const SECRET_NAMES: readonly string[] = [
  'pwd',
  'pass',
  'pw',
  'pin',
  'otp',
  'totp',
  'mfa',
  'otpcode',
  'totpcode',
  'mfacode',
  'smscode',
  'ssn',
  'cvv',
  'cvv2',
  'cvc',
  'iban',
  'auth',
  'sid',
  'cookie',
  'cookies',
  'setcookie',
  'salt',
  'sig',
  'hmac',
  'signature',
  'nonce',
  'pan',
  'assertion',
];

/**
 * A key that is one of these, normalized, where its value is a text that looks random: OAuth's `state` is a secret, an
 * order's or an address's is not.
 */
export const RANDOM_VALUE_NAMES: readonly string[] = ['state', 'code', 'handle', 'challenge'];

/** The whole of a text that looks random: 16 characters or more, with a digit, or with letters of both cases. */
export const RANDOM_TEXT =
  '^(?=[^0-9]*[0-9]|[^a-z]*[a-z][^A-Z]*[A-Z]|[^A-Z]*[A-Z][^a-z]*[a-z])[A-Za-z0-9+/_=.~-]{16,}(?![\\s\\S])';

/** In an object that names a key under one of the first and gives its value under one of the second, normalized. */
export const PAIR_NAMES: readonly string[] = ['name', 'key', 'field', 'header', 'label', 'type'];
export const PAIR_VALUES: readonly string[] = ['value', 'values', 'val', 'content', 'data', 'text'];

export interface SecretForm {
  name: string;
  /** One of these is in whatever matches: a text without any of them is not searched. */
  has: readonly string[];
  pattern: string;
  /** In a sentence, all from the match on is redacted: the secret goes on, nobody knows how far. */
  rest?: true;
}

/** Texts that give themselves away, whatever their key. */
export const SECRET_FORMS: readonly SecretForm[] = [
  {
    name: 'JSON web token',
    has: ['eyJ'],
    pattern: '(?<![A-Za-z0-9_-])(?=(?:[A-Za-z0-9_-]*[_-])?eyJ)[A-Za-z0-9_-]{11,}\\.[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_.-]*',
  },
  {
    name: 'signed value of itsdangerous or Django',
    has: ['.eJ', ':'],
    pattern:
      '(?<![A-Za-z0-9_.-])(?:\\.eJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_-]{20,}|[A-Za-z0-9_.-]{1,}:[A-Za-z0-9]{6}:[A-Za-z0-9_-]{27,86}(?![A-Za-z0-9_-]))',
  },
  {
    name: 'authorization header',
    has: ['earer ', 'EARER ', 'asic ', 'oken ', 'ApiKey ', 'Negotiate ', 'Digest '],
    pattern:
      '(?<![A-Za-z0-9])(?:(?:[Bb]earer|BEARER) +(?=[A-Za-z0-9+/._~-]{0,255}(?:[0-9=]|[a-z][A-Z]|[+/._~-][A-Za-z0-9]))|(?:[Bb]asic|[Tt]oken|ApiKey|Negotiate|Digest) +(?=[A-Za-z0-9+/._~-]{0,255}(?:[0-9=]|[a-z][A-Z])))[A-Za-z0-9+/=._~-]{8,}',
  },
  {
    name: 'private key',
    has: ['PRIVATE KEY'],
    pattern: '-----(?:BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----',
    rest: true,
  },
  {
    name: 'password hash',
    has: ['$', 'pbkdf2:sha', 'scrypt:', '{SSHA'],
    pattern:
      '(?<![A-Za-z0-9_$])(?:\\$2[abxy]?\\$|\\$argon2|\\$scrypt\\$|\\$y\\$|\\$[156]\\$[./A-Za-z0-9]{1,16}\\$|pbkdf2_sha(?:1|256)\\$|bcrypt(?:_sha256)?\\$|argon2\\$|scrypt\\$|pbkdf2:sha[0-9]{1,3}|scrypt:[0-9]|\\{SSHA[0-9]{0,3}\\})[^ \\t\\r\\n"\']*',
  },
  {
    name: 'AWS access key',
    has: ['AKIA', 'ASIA', 'ABIA'],
    pattern: '(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA)[A-Z0-9]{16}(?![A-Za-z0-9])',
  },
  {
    name: 'GitHub token',
    has: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    pattern: '(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})',
  },
  {
    name: 'GitLab token',
    has: ['gl'],
    pattern: '(?<![A-Za-z0-9])gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas)-[A-Za-z0-9_-]{16,}',
  },
  { name: 'npm token', has: ['npm_'], pattern: '(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,}' },
  { name: 'PyPI token', has: ['pypi-AgE'], pattern: '(?<![A-Za-z0-9])pypi-AgE[A-Za-z0-9_-]{16,}' },
  {
    name: 'secret key of an AI service',
    has: ['sk-', 'gsk_', 'hf_', 'r8_', 'xai-'],
    pattern:
      '(?<![A-Za-z0-9])(?:sk-(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{16,}|(?:gsk_|hf_|r8_)[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,})',
  },
  {
    name: 'Slack token',
    has: ['xox', 'xapp-'],
    pattern: '(?<![A-Za-z0-9])(?:xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,})',
  },
  {
    name: 'webhook address',
    has: ['hooks.slack.com/services/', '/api/webhooks/'],
    pattern:
      'hooks\\.slack\\.com/services/[A-Za-z0-9/]{8,}|discord(?:app)?\\.com/api/webhooks/[0-9]{5,}/[A-Za-z0-9_-]{8,}',
  },
  {
    name: 'Stripe key',
    has: ['_live_', '_test_', 'whsec_'],
    pattern: '(?<![A-Za-z0-9])(?:(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,})',
  },
  {
    name: 'Google key',
    has: ['AIza', 'GOCSPX-', 'ya29.', '1//0'],
    pattern:
      '(?<![A-Za-z0-9])(?:AIza[A-Za-z0-9_-]{30,}|GOCSPX-[A-Za-z0-9_-]{20,}|ya29\\.[A-Za-z0-9_-]{20,}|1//0[A-Za-z0-9_-]{30,})',
  },
  {
    name: 'SendGrid or Mailgun key',
    has: ['SG.', 'key-'],
    pattern: '(?<![A-Za-z0-9])(?:SG\\.[A-Za-z0-9_-]{16,64}\\.[A-Za-z0-9_-]{16,}|key-[0-9a-f]{32}(?![0-9a-f]))',
  },
  { name: 'Twilio key', has: ['SK', 'AC'], pattern: '(?<![A-Za-z0-9])(?:SK|AC)[0-9a-f]{32}(?![0-9a-f])' },
  { name: 'Mailchimp key', has: ['-us'], pattern: '(?<![A-Za-z0-9])[0-9a-f]{32}-us[0-9]{1,2}(?![0-9])' },
  {
    name: 'token with a known prefix',
    has: ['_', 'hvs.', 'dp.pt.', 'dapi', 'ATATT3', 'ATBB', 'NRAK-', 'EAA', 'sq0', 'PMAK-', 'pat-na1-'],
    pattern:
      '(?<![A-Za-z0-9])(?:do[opr]_v1_|shp(?:at|ca|pa|ss)_|dapi|lin_api_|ntn_|hvs\\.|dp\\.pt\\.|dckr_pat_|ATATT3|ATBB|figd_|sntrys_|sbp_|glsa_|glc_|NRAK-|pscale_(?:tkn|pw)_|rubygems_|EAA[A-Z]|sq0[a-z]{3}-|tfp_|PMAK-|pat-na1-)[A-Za-z0-9_=-]{20,}',
  },
  { name: 'Telegram bot token', has: [':AA'], pattern: '(?<![A-Za-z0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}' },
  { name: 'age key', has: ['AGE-SECRET-KEY-1'], pattern: 'AGE-SECRET-KEY-1[A-Z0-9]{20,}' },
  {
    name: 'sealed value of iron or Fernet',
    has: ['Fe26.2*', 'gAAAAA'],
    pattern: 'Fe26\\.2\\*[^ \\t\\r\\n"\']*|gAAAAA[A-Za-z0-9_=-]{60,}',
  },
  {
    name: 'signed session cookie',
    has: ['s:', 's%3A', 's%3a'],
    pattern: '(?<![A-Za-z0-9_-])s(?::|%3[Aa])[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9+/=%]{20,}',
  },
  { name: 'key of an OAuth state', has: ['_state_'], pattern: '_state_[A-Za-z0-9]{1,40}_[A-Za-z0-9-]{16,}' },
  { name: 'one-time password address', has: ['otpauth://'], pattern: 'otpauth://[^ \\t\\r\\n"\']+' },
  {
    name: 'URL with credentials',
    has: ['://'],
    pattern: '(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,30}://[^ \\t\\r\\n/:@"\']*:[^ \\t\\r\\n/@"\']+@',
  },
];

/** 13 to 19 digits in groups: a card number where it begins as one does and passes the Luhn check. */
export const CARD_NUMBER = '(?<![A-Za-z0-9_.+-])[2-6][0-9](?:[ -]?[0-9]){11,17}(?![A-Za-z0-9_-])';

export interface NamedForm extends SecretForm {
  /** Group 1 is a key's name. Group 2, where there is one, is its value; else the value is what follows. */
  pattern: string;
  /** The value must have a digit and six characters, or look random: without quotes, prose reads the same. */
  strict?: true;
}

/** Ways in which a text names a key before its value: secret where the name is. */
export const NAMED_FORMS: readonly NamedForm[] = [
  {
    name: 'JSON',
    has: ['"'],
    pattern: '(?<!\\\\)"((?:[^"\\\\]|\\\\[\\s\\S]){1,128})"[ \\t\\r\\n]*(?::|=>)',
    rest: true,
  },
  { name: 'JSON in JSON', has: ['\\"'], pattern: '\\\\"([^"\\\\]{1,128})\\\\+"[ \\t\\r\\n]*(?::|=>)', rest: true },
  { name: 'apostrophes', has: ["'"], pattern: "'([^'\\\\]{1,128})'[ \\t\\r\\n]*(?::|=>)", rest: true },
  { name: 'PHP serialized', has: ['";'], pattern: '"([^"\\\\]{1,128})";[a-zA-Z]:', rest: true },
  {
    name: 'element',
    has: ['<'],
    pattern: '<([A-Za-z][A-Za-z0-9_.:-]{0,127})(?:[ \\t][^<>]{0,256})?>(?=[^<> \\t\\r\\n])',
    rest: true,
  },
  {
    name: 'form field',
    has: ['name='],
    pattern: 'name=["\']([A-Za-z0-9_.\\[\\]-]{1,64})["\'][^<>]{0,256}value=["\']?(?=[^"\'<>])',
    rest: true,
  },
  {
    name: 'assignment',
    has: ['=', '%3D', '%3d'],
    pattern:
      '(?:%[0-9A-Fa-f]{2}|(?<![A-Za-z0-9_.%\\[\\]-]))([A-Za-z0-9_.\\[\\]-]{1,64})(?:=|%3[Dd])["\']?(?=([^ \\t\\r\\n&;,"\'<>]{1,256}))',
  },
  {
    name: 'line',
    has: [': ', ':\t'],
    pattern: '(?<![A-Za-z0-9_.-])([A-Za-z0-9_.-]{1,64}):[ \\t]{1,4}["\']?(?=([^ \\t\\r\\n,;"\'<>]{1,256}))',
    strict: true,
  },
];
