function testing_net = built_by(testing_path)
    % BUILT_BY  The network that a script builds, which `bridge.save(net, "net.m")` wrote.
    %
    %   net = testing.built_by(path) runs the script and returns its variable net.

    net = []; % so that MATLAB knows it as a variable
    run(testing_path);
    testing_net = net;
end
