"""
Serves the model of tinymodel.py with llama.cpp's own server: prints its base URL, and ends with its input.
Its argument is a folder for the model.
"""

import os
import sys

import xllamacpp

import tinymodel

# What it logs goes to standard error, its address alone to standard output.
out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
params = xllamacpp.CommonParams()
params.model.path = os.path.join(sys.argv[1], "one-sentence.gguf")
tinymodel.write(params.model.path)
params.model_alias = {"one-sentence"}
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = tinymodel.CONTEXT
params.n_parallel = 1
params.n_gpu_layers = 0
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.fit_params = False
params.sampling.temp = 0.0
params.use_jinja = True
server = xllamacpp.Server(params)
print(server.listening_address, file=out, flush=True)
sys.stdin.read()
os._exit(0)
