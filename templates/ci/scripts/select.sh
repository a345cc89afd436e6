python -c '
import json, os
actions = json.load(open("out/plan.json"))["actions"]
names = sorted({a["model"] for a in actions if a["action"] in {"compile", "train", "register"}})
if len(names) > 256:
    print(os.environ["WARNING"] + f"{len(names)} models are to be trained, and a matrix takes 256: the next run goes on")
with open("out/models.json", "w") as file:
    json.dump(names[:256], file)
'
echo "models=$(cat out/models.json)" >> "$OUTPUT"
