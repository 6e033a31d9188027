/** What changes the models of hosts: pull, push, create, copy, delete, and blobs. */
@org.jspecify.annotations.NullMarked
package io.essaim.manage;
