/** Shown on the sign-in page and in the OpenAPI document. */
export const PRODUCT_VERSION = "0.1.0";
