/**
 * An authority that has signed nothing and never will: its key was not kept.
 *
 * Where no authority is trusted there must be one all the same: without any, Deno 2.9 asks for those of the platform, and Deno 2.7 ends
 * the process.
 */
export const NOBODY = `-----BEGIN CERTIFICATE-----
MIIBeTCCAR+gAwIBAgIUJhpfuFjFymydmLfvWmH144XWx/EwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGTm9ib2R5MCAXDTI2MTEyNTIyNDAyNloYDzIxMjYxMTAxMjI0
MDI2WjARMQ8wDQYDVQQDDAZOb2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AASShinKajdQhyX0eiUwtaxgolGDrVRbTVUWnx9zn9S7/lhiWvTV9kRgLxYMD5uj
KMvvFM07cL2W2Y9LW/yjODkxo1MwUTAdBgNVHQ4EFgQUxr2ocUszhlxahQ3dxg0c
YTuUesUwHwYDVR0jBBgwFoAUxr2ocUszhlxahQ3dxg0cYTuUesUwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAubhEq9UE16WsArk3rMKR5VzYkEsym
SZ+Jv0C6VQuoDwIhAOnmRszHxfe6/IYVOsbHn51aB+MMhptyPxic08H0/e/i
-----END CERTIFICATE-----`;
