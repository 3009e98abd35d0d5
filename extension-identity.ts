/** Who the extension is to browsers and companions. */

/** Public key of the Chromium build: its ID follows from it, so that a companion can know it. The private key was thrown away. */
export const EXTENSION_PUBLIC_KEY =
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr88m5/Yfwi0beIgl/vqje8r7UxtUL/0PiiR4ops/FXpldYT1dglujVP25RWBII+Q08HwdWQVG4LfsMpoGeJh3za+ifqHCvguYoEGdY2iGSM+iBnJU+aOzPgEPMAXt8/f0u/2R5VIJud41KB6vccHzLP+Eoftg3EflPihRyZ8tmzthMh5VIB0FP5qjhVCg/q7QYNWuva/8vea0FZuMpGRwCOo0u88mmHPiwFGlPq6vjV7dNcMRa0Di8/MkiNL/piMdsz3kzIvYuh4vNvjrNR3kaDGmZQRv9g51RY6KZhblVChD89B8LjYNunrKOLynnSDH6Du2BAuaHL95okR7UidCwIDAQAB';

/** First 16 bytes of the SHA-256 of the key, each half-byte as a letter a–p. */
export const CHROMIUM_EXTENSION_ID = 'boifkficpoomongaacphegbiofamadii';

/**
 * Chromium extensions that a companion knows. A store gives its upload an ID of its own, shown in its dashboard after
 * the first upload: add it here and in `endpoint/gate.py` before the packages are released. Until then an installation
 * from that store pairs as an unknown extension does.
 */
export const KNOWN_EXTENSION_IDS: readonly string[] = [CHROMIUM_EXTENSION_ID];

/** Firefox gives each profile a random origin; this is the add-on's own name. */
export const FIREFOX_EXTENSION_ID = 'sessionscope@sessionscope.dev';
