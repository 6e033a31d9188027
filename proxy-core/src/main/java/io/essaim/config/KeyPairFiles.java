package io.essaim.config;

/**
 * Where a certificate and its key are; relative paths begin at the directory of the rules file.
 *
 * @param cert path of a PEM file: the certificate, then those of whoever signed for it
 * @param key path of a PEM file: the private key, PKCS#8 without a password
 */
public record KeyPairFiles(String cert, String key) {}
